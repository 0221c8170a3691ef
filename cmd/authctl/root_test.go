package main

import "testing"

func TestCommandsHaveTheirNames(t *testing.T) {
	for _, c := range commands {
		if got := c.make(&app{}).Name(); got != c.name {
			t.Errorf("the command of %q calls itself %q", c.name, got)
		}
	}
}
