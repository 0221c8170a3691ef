package main

import "os"

// resizes never tells: the list looks at the size once a second.
func resizes() (changed <-chan os.Signal, stop func()) { return nil, func() {} }

// stopSelf does nothing: Windows stops no programs.
func stopSelf() {}
