package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// command is a command that can be made.
type command struct {
	name string
	make func(*app) *cobra.Command
}

// commands are the commands whose place is directly below authctl, under their names.
var commands = []command{
	{"code", (*app).codeCmd},
	{"verify", (*app).verifyCmd},
	{"inspect", (*app).inspectCmd},
	{"qr", (*app).qrCmd},
	{"drift", (*app).driftCmd},
	{"init", (*app).initCmd},
	{"passwd", (*app).passwdCmd},
	{"unlock", (*app).unlockCmd},
	{"lock", (*app).lockCmd},
	{"enroll", (*app).enrollCmd},
	{"list", (*app).listCmd},
	{"show", (*app).showCmd},
	{"edit", (*app).editCmd},
	{"rename", (*app).renameCmd},
	{"archive", (*app).archiveCmd},
	{"restore", (*app).restoreCmd},
	{"remove", (*app).removeCmd},
	{"resync", (*app).resyncCmd},
	{"recovery", (*app).recoveryCmd},
	{"import", (*app).importCmd},
	{"export", (*app).exportCmd},
	{"backup", (*app).backupCmd},
	{"audit", (*app).auditCmd},
	{"doctor", (*app).doctorCmd},
	{agentName, (*app).agentCmd},
	{clearClipboardName, (*app).clearClipboardCmd},
	{"version", (*app).versionCmd},
}

// rootCmd is `authctl` with every command below it, or with just the one that args
// begin with: to make them all takes longer than most commands.
func (a *app) rootCmd(args []string) *cobra.Command {
	only := ""
	if len(args) > 0 && slices.ContainsFunc(commands, func(c command) bool { return c.name == args[0] }) {
		only = args[0]
	}
	var live liveFlags
	cmd := &cobra.Command{
		Use:   "authctl [QUERY]",
		Short: "Make one-time codes, check them, and see why one was refused",
		Long: "authctl makes one-time codes (TOTP, HOTP, Steam Guard), checks them, and says why one\n" +
			"was refused, with evidence. Without a command it shows the codes of the vault.",
		Example: "  authctl init                         make a vault for your keys\n" +
			"  authctl enroll picture.png           keep a key\n" +
			"  authctl                              the codes of all accounts\n" +
			"  authctl verify picture.png 123456    is this code right, and if not, why?\n" +
			"  authctl inspect picture.png          what is in this QR picture?\n" +
			"  authctl drift                        how wrong is this clock?",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.MaximumNArgs(1),
		RunE:          func(cmd *cobra.Command, args []string) error { return a.live(cmd, args, live) },
	}
	live.register(cmd)
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SuggestionsMinimumDistance = 2
	printHelp := cmd.HelpFunc()
	cmd.SetHelpFunc(func(topic *cobra.Command, args []string) {
		if !a.json {
			printHelp(topic, args)
		} else if err := a.printJSON(helpPage(topic)); err != nil {
			a.warn("%v", err)
		}
	})
	cmd.PersistentFlags().BoolVar(&a.json, "json", false, "print one JSON object")
	cmd.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "no colour (NO_COLOR does the same)")
	for _, c := range commands {
		if only == "" || c.name == only {
			cmd.AddCommand(c.make(a))
		}
	}
	if only != "" {
		return cmd
	}
	cmd.AddCommand(a.completionCmd(), exitCodesTopic())
	help := a.helpCmd()
	cmd.AddCommand(help) // here, so that noteParsed sees it
	cmd.SetHelpCommand(help)
	return cmd
}

// exactly takes the arguments that are named, and says which is missing or too many.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s is missing", names[len(args)])
		case len(args) > len(names) && len(names) == 0:
			return fmt.Errorf("%s takes no argument, not %q", cmd.CommandPath(), args[0])
		case len(args) > len(names):
			return fmt.Errorf("%q is too much: %s takes %s", args[len(names)], cmd.CommandPath(), strings.Join(names, " "))
		}
		return nil
	}
}

// helpCmd replaces Cobra's, which exits with 0 when a topic is unknown.
func (a *app) helpCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || topic == nil || len(rest) > 0 {
				return withHint(failf(exitUsage, "there is no help about %s", strings.Join(args, " ")), "authctl help lists the commands")
			}
			return topic.Help()
		},
	}
}

// helpPage is the help about a command or topic as JSON; text is what is printed else.
func helpPage(topic *cobra.Command) any {
	type exit struct {
		Code    int    `json:"code"`
		Meaning string `json:"meaning"`
	}
	page := struct {
		Schema    int    `json:"schema"`
		Topic     string `json:"topic"`
		Text      string `json:"text"`
		ExitCodes []exit `json:"exit_codes,omitempty"`
	}{Schema: schema, Topic: topic.Name(), Text: cmp.Or(topic.Long, topic.Short)}
	if topic.Runnable() {
		page.Text += "\n\n" + topic.UsageString()
	}
	if topic.Name() == "exit-codes" {
		for _, e := range exitTable {
			page.ExitCodes = append(page.ExitCodes, exit{e.code, e.meaning})
		}
	}
	return page
}

// completionCmd prints the completion script of a shell.
func (a *app) completionCmd() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "Print the completion script of a shell",
		Example:   "  source <(authctl completion bash)",
		ValidArgs: shells,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			generate := map[string]func(io.Writer) error{
				"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
				"zsh":        root.GenZshCompletion,
				"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
				"powershell": root.GenPowerShellCompletionWithDesc,
			}[args[0]]
			var script strings.Builder
			if err := generate(&script); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(struct {
					Schema int    `json:"schema"`
					Shell  string `json:"shell"`
					Script string `json:"script"`
				}{schema, args[0], script.String()})
			}
			_, err := io.WriteString(a.stdout, script.String())
			return err
		},
	}
}
