//go:build !linux

package drift

import (
	"context"
	"runtime"
)

func synchronization(context.Context) Sync { return Sync{System: systems[runtime.GOOS]} }

// systems names the systems that have advice of their own, by runtime.GOOS.
var systems = map[string]System{"darwin": MacOS, "windows": Windows, "android": Android, "ios": IPhone}
