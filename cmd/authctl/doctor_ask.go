package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

// The dialogue goes to stderr: stdout has only the report at its end. A question
// is answered by the number of a choice or by its value, and Enter alone leaves it
// open.

// ask walks the path with the person at the terminal, to its end or to the end of
// input.
func (d *doctor) ask(ctx context.Context) error {
	lines := d.lines()
	heading, checked := "", false
	for {
		step, ok := d.session.Next()
		if !ok {
			return nil
		}
		if step.Phase != guide.Service && !checked {
			checked = true
			fmt.Fprintln(d.app.stderr)
			d.printChecks(d.app.stderr, d.session.Report().Checks)
		}
		if step.Heading != heading {
			heading = step.Heading
			fmt.Fprintf(d.app.stderr, "\n%s\n", d.app.paint(bold, heading))
		}
		d.show(step)
		if ended, err := d.answer(ctx, step, lines); ended || err != nil {
			return err
		}
	}
}

// lines reads standard input apart from the dialogue, so that an interrupt ends a
// question too.
func (d *doctor) lines() <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(d.app.stdin); in.Scan(); {
			lines <- in.Text()
		}
	}()
	return lines
}

// show writes a step.
func (d *doctor) show(step guide.Step) {
	w := d.app.stderr
	fmt.Fprintf(w, "\n%s%s\n", d.app.paint(bold, step.Title), d.effort(step))
	if step.Why != "" {
		fmt.Fprintf(w, "  %s\n", d.app.paint(dim, step.Why))
	}
	for _, line := range step.Do {
		fmt.Fprintf(w, "  - %s\n", line)
	}
	if step.Spends != (guide.Cost{}) {
		fmt.Fprintf(w, "  %s\n", d.budget(d.session.Report().Budget))
	}
	for i, c := range step.Choices {
		fmt.Fprintf(w, "  %d  %s\n", i+1, c.Label)
	}
}

// answer asks until there is an answer to the step. It ends the dialogue at the end
// of input.
func (d *doctor) answer(ctx context.Context, step guide.Step, lines <-chan string) (ended bool, err error) {
	for {
		fmt.Fprintf(d.app.stderr, "%s: ", d.say("prompt"))
		var line string
		select {
		case <-ctx.Done():
			fmt.Fprintln(d.app.stderr)
			return true, ctx.Err()
		case l, ok := <-lines:
			if !ok {
				fmt.Fprintln(d.app.stderr)
				return true, nil
			}
			line = strings.TrimSpace(l)
		}
		if line == "" {
			return false, d.session.Skip(step.ID)
		}
		if step.Kind == guide.Codes {
			codes := splitCodes(line, d.known.Key.Digits)
			before := time.Duration(d.known.Key.Period*(len(codes)-1)) * time.Second
			d.diagnose(codes, d.app.now().Add(-before)) // the last one was just read
			d.printCode()
			return false, nil
		}
		err := d.session.Answer(step.ID, chosen(step, line), d.app.now())
		if err == nil {
			return false, nil
		}
		fmt.Fprintln(d.app.stderr, d.say(correction(step, err)))
	}
}

// correction is the word that says what is wrong with an answer.
func correction(step guide.Step, err error) string {
	switch {
	case errors.Is(err, guide.ErrTooEarly):
		return "early"
	case len(step.Choices) > 0:
		return "choose"
	}
	return string(step.Kind) // count, country, phone
}

// chosen is the value of the choice with that number, else what was typed.
func chosen(step guide.Step, line string) string {
	if n, err := strconv.Atoi(line); err == nil && n >= 1 && n <= len(step.Choices) {
		return step.Choices[n-1].Value
	}
	return line
}

// printCode says what the codes showed.
func (d *doctor) printCode() {
	for _, c := range d.session.Report().Checks {
		if c.ID == "code" {
			fmt.Fprintf(d.app.stderr, "  %s\n", d.app.paint(yellow, d.finding(c)))
		}
	}
}
