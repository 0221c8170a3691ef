package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

// readAnswers reads an answers file, - being standard input.
func (a *app) readAnswers(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	in, name := a.stdin, "standard input"
	if path != "-" {
		f, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, failf(exitNotFound, "there is no file %s", path)
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in, name = f, path
	}
	answers, err := parseAnswers(io.LimitReader(in, 1<<20))
	if err != nil {
		return nil, withHint(fmt.Errorf("answers in %s: %w", name, err), `it is one JSON object of step ids and answers, such as {"status": "no", "tries-used": 2}; authctl doctor --json lists the steps`)
	}
	return answers, nil
}

// parseAnswers reads {"step": "answer", "tries-used": 2}. It takes the object apart
// itself, because encoding/json lets a name stand twice.
func parseAnswers(r io.Reader) (map[string]string, error) {
	dec := json.NewDecoder(r)
	dec.UseNumber()
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("they are no JSON object")
	}
	answers := map[string]string{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		id, _ := name.(string) // a name is always a string
		value, err := dec.Token()
		if err != nil {
			return nil, err
		}
		if _, twice := answers[id]; twice {
			return nil, fmt.Errorf("%s stands there twice", id)
		}
		if !guide.IsStep(id) {
			return nil, fmt.Errorf("no step is called %q", id)
		}
		switch value := value.(type) {
		case string:
			answers[id] = value
		case json.Number:
			answers[id] = value.String()
		default:
			return nil, fmt.Errorf("the answer to %s is neither text nor a number", id)
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("there is more after the object")
	}
	return answers, nil
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
