package guide

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed guide.json
var guideJSON []byte

// text is one sentence or more in every language of the guide, with the names of
// values in braces.
type text map[string]string

// content is guide.json.
type content struct {
	Languages []string          `json:"languages"` // the first is the default
	Words     map[string]text   `json:"words"`     // pieces of sentences, and the words of reports
	Outcomes  map[Outcome]text  `json:"outcomes"`
	Causes    map[string]text   `json:"causes"` // by the cause of package diagnose
	Phases    []phase           `json:"phases"`
	Choices   map[Kind][]choice `json:"choices"` // of steps that bring none
	Steps     []*step           `json:"steps"`
	position  map[string]int    // of steps, by id
}

type phase struct {
	ID    Phase `json:"id"`
	Title text  `json:"title"`
}

// step is a step as guide.json has it.
type step struct {
	ID      string `json:"id"`
	Phase   Phase  `json:"phase"`
	Method  Method `json:"method"`
	Kind    Kind   `json:"kind"`
	Counts  string `json:"counts"`  // Count: what the number is of, "tries" or "sends"
	Minutes int    `json:"minutes"` // how long it takes, about

	// When: the step applies only if each of these steps has one of these
	// values. Unless: it does not apply if any has.
	When   map[string][]string `json:"when"`
	Unless map[string][]string `json:"unless"`
	// Causes: a code that has shown one of these brings the step forward.
	Causes []string `json:"causes"`

	Title   text            `json:"title"`
	Why     text            `json:"why"`
	Do      []text          `json:"do"`
	Choices []choice        `json:"choices"`
	Notes   map[string]text `json:"notes"` // Check: what to say, by value
}

// choice is an answer that a step takes.
type choice struct {
	Value   string   `json:"value"`
	Label   text     `json:"label"`
	Spends  Cost     `json:"spends"`
	Next    string   `json:"next"`    // the step to go on at, leaving out those between
	Opens   []Method `json:"opens"`   // the methods whose steps apply from here on
	Locks   bool     `json:"locks"`   // the account is locked as of now
	Outcome Outcome  `json:"outcome"` // ends the walk
}

// load parses guide.json once, at the first use. The tests hold the file to its
// rules, so that a failure here is a broken build.
var load = sync.OnceValue(func() *content {
	var c content
	dec := json.NewDecoder(bytes.NewReader(guideJSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		panic(fmt.Sprintf("guide: guide.json: %v", err))
	}
	c.position = map[string]int{}
	for i, s := range c.Steps {
		c.position[s.ID] = i
		if s.Choices == nil {
			s.Choices = c.Choices[s.Kind]
		}
	}
	return &c
})

// Languages lists the languages of the guide. The first is the default.
func Languages() []string { return slices.Clone(load().Languages) }

// IsStep reports whether some walk may ask for an answer under this id. Waits are
// numbered: wait-1, wait-2, ...
func IsStep(id string) bool {
	if n, ok := strings.CutPrefix(id, "wait-"); ok {
		return n != "" && strings.Trim(n, "0123456789") == ""
	}
	d := load().step(id)
	return d != nil && d.Kind != Check && d.Kind != Wait
}

func (c *content) step(id string) *step {
	i, ok := c.position[id]
	if !ok {
		return nil
	}
	return c.Steps[i]
}

// cost is the most that a step can spend.
func (d *step) cost() Cost {
	var most Cost
	for _, c := range d.Choices {
		most.Tries = max(most.Tries, c.Spends.Tries)
		most.Sends = max(most.Sends, c.Spends.Sends)
	}
	return most
}

// fill puts values in the place of their names in braces. A name without a value
// stays as it is.
func fill(s string, values map[string]string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		value, known := values[name]
		if !known {
			value = "{" + name + "}"
		}
		b.WriteString(value)
		s = after
	}
}
