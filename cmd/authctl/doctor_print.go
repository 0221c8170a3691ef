package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

// doctorWords are the command's own words. Those of the steps are in package guide.
var doctorWords = map[string]map[string]string{
	"en": {
		"measuring": "measuring this computer's clock",
		"prompt":    "Your answer (Enter leaves it open)",
		"choose":    "Please answer with one of the numbers above.",
		"early":     "It is not yet that time.",
		"count":     "Please type a number.",
		"country":   "Please type two letters, such as JP, or OTHER.",
		"phone":     "That cannot be a mobile number of that country. Please write it as the settings show it.",
		"checked":   "Checked", "next": "Next", "open": "Still open", "remains": "Check list", "number": "Phone number",
		"minutes": "about %d min", "try": "one code", "send": "one message", "between": ", ",
		"budget": "Codes that may still be refused without a lock: %d. Messages that may still be sent: %d.",
	},
	"ja": {
		"measuring": "このパソコンの時計を測っています",
		"prompt":    "回答（Enterだけで保留）",
		"choose":    "上の番号から選んでください。",
		"early":     "まだその時刻ではありません。",
		"count":     "数字で答えてください。",
		"country":   "JPのような2文字、またはOTHERと入力してください。",
		"phone":     "その国の携帯番号として読めません。設定に表示されているとおりに入力してください。",
		"checked":   "確認したこと", "next": "次にすること", "open": "まだ終わっていない手順", "remains": "チェックリスト", "number": "電話番号",
		"minutes": "約%d分", "try": "コード入力1回", "send": "送信1回", "between": "、",
		"budget": "ロックされずに失敗できるのはあと%d回、送信はあと%d回です。",
	},
}

func (d *doctor) say(key string) string { return doctorWords[d.lang][key] }

// print writes the report.
func (d *doctor) print() error {
	r := d.session.Report()
	if d.app.json {
		return d.app.printJSON(struct {
			Schema int `json:"schema"`
			guide.Report
		}{schema, r})
	}
	w := d.app.stdout
	d.printChecks(w, r.Checks)
	fmt.Fprintf(w, "\n%s\n", d.app.paint(outcomeStyle[r.Outcome], r.Summary))
	if r.Next != nil {
		d.printNext(w, *r.Next)
	}
	if r.Outcome == guide.Open || r.Outcome == guide.Waiting {
		fmt.Fprintf(w, "  %s\n", d.budget(r.Budget))
	}
	d.printSteps(w, d.say("open"), r.Open)
	d.printSteps(w, d.say("remains"), r.Remains)
	return nil
}

var outcomeStyle = map[guide.Outcome]string{
	guide.Fixed: green, guide.Outage: yellow, guide.Waiting: yellow, guide.Submitted: yellow, guide.Open: bold, guide.Unsolved: red,
}

// printChecks writes what was found out, and of what was not only the clock, which
// matters most. Evidence is in English.
func (d *doctor) printChecks(w io.Writer, checks []guide.Checked) {
	fmt.Fprintln(w, d.app.paint(bold, d.say("checked")))
	for _, c := range checks {
		if c.ID == "key" || c.Result == "unknown" && c.ID != "clock" && c.ID != "code" {
			continue
		}
		fmt.Fprintf(w, "  %s: %s\n", c.Title, d.finding(c))
	}
}

// finding words a check: English has the evidence of a diagnosis, which says more.
func (d *doctor) finding(c guide.Checked) string {
	if c.Evidence != "" && d.lang == "en" {
		return c.Evidence
	}
	return c.Note
}

func (d *doctor) printNext(w io.Writer, step guide.Step) {
	fmt.Fprintf(w, "\n%s: %s%s\n", d.app.paint(bold, d.say("next")), step.Title, d.effort(step))
	if step.Why != "" {
		fmt.Fprintf(w, "  %s\n", step.Why)
	}
	for _, line := range step.Do {
		fmt.Fprintf(w, "  - %s\n", line)
	}
	for _, c := range step.Choices {
		fmt.Fprintf(w, "    %s\n", d.app.paint(dim, fmt.Sprintf("%s: %s", c.Value, c.Label)))
	}
}

// printSteps lists steps under the headings of their phases, with the ids that an
// answers file uses.
func (d *doctor) printSteps(w io.Writer, title string, steps []guide.Step) {
	if len(steps) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", d.app.paint(bold, title))
	wide := 0
	for _, s := range steps {
		wide = max(wide, len(s.ID))
	}
	heading := ""
	for _, s := range steps {
		if s.Heading != heading {
			heading = s.Heading
			fmt.Fprintf(w, "  %s\n", d.app.paint(dim, heading))
		}
		fmt.Fprintf(w, "    %-*s  %s\n", wide, s.ID, s.Title)
	}
}

// effort is how long a step takes and what it may cost: "  (about 1 min, one code)".
func (d *doctor) effort(step guide.Step) string {
	var parts []string
	if step.Minutes > 0 && step.Kind != guide.Wait {
		parts = append(parts, fmt.Sprintf(d.say("minutes"), step.Minutes))
	}
	if step.Spends.Sends > 0 {
		parts = append(parts, d.say("send"))
	}
	if step.Spends.Tries > 0 {
		parts = append(parts, d.say("try"))
	}
	if len(parts) == 0 {
		return ""
	}
	return d.app.paint(dim, "  ("+strings.Join(parts, d.say("between"))+")")
}

func (d *doctor) budget(b guide.Budget) string {
	return fmt.Sprintf(d.say("budget"), b.TriesLeft, b.SendsLeft)
}
