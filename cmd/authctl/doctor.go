package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/authctl/authctl/otp/diagnose"
	"github.com/authctl/authctl/otp/diagnose/guide"
)

// doctorCmd is `authctl doctor`: from "my code is refused" to "I am in again".
func (a *app) doctorCmd() *cobra.Command {
	var source sourceFlags
	var clock clockFlags
	var answers, lang string
	cmd := &cobra.Command{
		Use:   "doctor [" + sourceUsage + "]",
		Short: "Go through what can be wrong, step by step, until you are in again",
		Long: "Checks what can be checked (this clock, and with a key at hand the codes that were refused), and\n" +
			"asks for the rest, in the order that costs least: the service, the phone, the computer, the\n" +
			"carrier, then the last resorts. It never leads into a lock: it counts codes and messages.\n\n" +
			"On a terminal it asks. With --answers FILE, a JSON object of step ids and answers, with --json or\n" +
			"without a terminal it does not, and lists what is open.",
		Example: "  authctl doctor\n  authctl doctor picture.png --lang ja\n  authctl doctor --answers answers.json --json",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil // without a key it can still ask
			}
			return source.args("", 0)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			lang, err := a.language(lang)
			if err != nil {
				return err
			}
			arg, _ := source.split(args)
			if arg == "-" && answers == "-" {
				return failf(exitUsage, "the key and the answers cannot both come from standard input")
			}
			given, err := a.readAnswers(answers)
			if err != nil {
				return err
			}
			d := &doctor{app: a, lang: lang}
			if arg != "" || source.file != "" {
				if err := d.open(ctx, arg, source); err != nil {
					return err
				}
			}
			if err := d.examine(ctx, clock); err != nil {
				return err
			}
			if d.session, err = guide.New(guide.Options{Lang: lang, Facts: d.facts}); err != nil {
				return err
			}
			if answers == "" && !a.json && a.typing {
				err = d.ask(ctx)
			} else {
				err = d.replay(given)
			}
			if err != nil {
				return err
			}
			return d.print()
		},
	}
	source.register(cmd)
	clock.register(cmd)
	cmd.Flags().StringVar(&answers, "answers", "", "take the answers from this JSON `file` and ask nothing")
	cmd.Flags().StringVar(&lang, "lang", "", "the language, en or ja (else that of the locale)")
	return cmd
}

// doctor is one run of the command.
type doctor struct {
	app     *app
	lang    string
	known   *diagnose.Case     // the key and others that could be meant; nil: none at hand
	clock   *diagnose.Interval // nil: not known
	facts   guide.Facts
	session *guide.Session
}

// language is --lang, else that of the locale, else English.
func (a *app) language(flag string) (string, error) {
	if flag != "" {
		if !slices.Contains(guide.Languages(), flag) {
			return "", failf(exitUsage, "--lang %q is none of %s", flag, strings.Join(guide.Languages(), ", "))
		}
		return flag, nil
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} { // POSIX: the first that is set
		if locale := a.getenv(name); locale != "" {
			lang, _, _ := strings.Cut(locale, "_")
			lang, _, _ = strings.Cut(lang, ".")
			if slices.Contains(guide.Languages(), lang) {
				return lang, nil
			}
			break
		}
	}
	return guide.Languages()[0], nil
}

// replay takes the answers that were given, and leaves the rest open.
func (d *doctor) replay(answers map[string]string) error {
	used := map[string]bool{}
	for {
		step, ok := d.session.Next()
		if !ok {
			break
		}
		value, known := answers[step.ID]
		used[step.ID] = true
		var err error
		switch {
		case !known || step.Kind == guide.Codes && strings.TrimSpace(value) == "":
			err = d.session.Skip(step.ID)
		case step.Kind == guide.Codes:
			d.diagnose(splitCodes(value, d.known.Key.Digits), d.facts.At)
		case step.Kind == guide.Wait: // told of the past: when it began is not known
			err = d.session.Answer(step.ID, value, time.Time{})
		default:
			err = d.session.Answer(step.ID, value, d.facts.At)
		}
		if err != nil {
			return err
		}
	}
	for _, id := range sortedKeys(answers) {
		if !used[id] {
			d.app.warn("the answer to %s was not needed: the path does not come to it", id)
		}
	}
	return nil
}
