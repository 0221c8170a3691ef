package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// grabber is a program that takes a picture: on its standard output, or, where an
// argument is "FILE", into that file.
type grabber []string

// screenGrabbers are the programs that take a picture of the screen here, the best
// first.
func (a *app) screenGrabbers() []grabber {
	switch {
	case runtime.GOOS == "darwin":
		return []grabber{{"screencapture", "-x", "FILE"}}
	case runtime.GOOS == "windows":
		return []grabber{{"powershell.exe", "-NoProfile", "-Command", windowsGrab, "FILE"}}
	case a.getenv("WAYLAND_DISPLAY") != "":
		return []grabber{
			{"grim", "-"}, {"spectacle", "--background", "--nonotify", "--fullscreen", "--output", "FILE"},
			{"gnome-screenshot", "--file=FILE"}, {"xfce4-screenshooter", "--fullscreen", "--save", "FILE"},
		}
	case a.getenv("DISPLAY") != "":
		return []grabber{
			{"maim"}, {"import", "-silent", "-window", "root", "png:-"}, {"scrot", "--overwrite", "FILE"},
			{"gnome-screenshot", "--file=FILE"}, {"spectacle", "--background", "--nonotify", "--fullscreen", "--output", "FILE"},
		}
	}
	return nil
}

// windowsGrab takes the file's name as its argument.
const windowsGrab = `& { param($f) Add-Type -AssemblyName System.Windows.Forms,System.Drawing; ` +
	`$b = [System.Windows.Forms.SystemInformation]::VirtualScreen; ` +
	`$i = New-Object System.Drawing.Bitmap $b.Width, $b.Height; ` +
	`[System.Drawing.Graphics]::FromImage($i).CopyFromScreen($b.Location, [System.Drawing.Point]::Empty, $b.Size); ` +
	`$i.Save($f, [System.Drawing.Imaging.ImageFormat]::Png) }`

// grabScreen is a picture of the screen.
func (a *app) grabScreen(ctx context.Context) ([]byte, error) {
	grabbers := a.screenGrabbers()
	if grabbers == nil {
		return nil, withHint(failf(exitUnsupported, "there is no screen here: neither WAYLAND_DISPLAY nor DISPLAY is set"),
			"save the QR code as a picture and give that: authctl enroll picture.png")
	}
	data, err := firstGrab(ctx, grabbers)
	if err != nil {
		return nil, withHint(&exitError{exitUnsupported, fmt.Errorf("take a picture of the screen: %w", err)},
			"install grim (Wayland) or maim (X11), or save the QR code as a picture and give that")
	}
	return data, nil
}

// grabClipboard is the picture or the text in the clipboard.
func (a *app) grabClipboard(ctx context.Context) ([]byte, error) {
	var grabbers []grabber
	switch {
	case runtime.GOOS == "darwin":
		grabbers = []grabber{{"pngpaste", "-"}, {"pbpaste"}}
	case runtime.GOOS == "windows":
		grabbers = []grabber{{"powershell.exe", "-NoProfile", "-Command", "Get-Clipboard"}}
	case a.getenv("WAYLAND_DISPLAY") != "":
		grabbers = []grabber{{"wl-paste", "--type", "image/png"}, {"wl-paste"}}
	case a.getenv("DISPLAY") != "":
		grabbers = []grabber{{"xclip", "-selection", "clipboard", "-t", "image/png", "-o"}, {"xclip", "-selection", "clipboard", "-o"}, {"xsel", "--clipboard", "--output"}}
	}
	data, err := firstGrab(ctx, grabbers)
	if err != nil {
		return nil, withHint(&exitError{exitUnsupported, fmt.Errorf("read the clipboard: %w", err)},
			"install wl-clipboard (Wayland) or xclip (X11), or paste the URI: authctl enroll -")
	}
	return data, nil
}

// firstGrab is what the first program gives that is installed and gives anything.
func firstGrab(ctx context.Context, grabbers []grabber) ([]byte, error) {
	last := fmt.Errorf("no program that does it is installed")
	for _, g := range grabbers {
		if _, err := exec.LookPath(g[0]); err != nil {
			continue
		}
		data, err := g.grab(ctx)
		if err == nil && len(data) > 0 {
			return data, nil
		}
		last = fmt.Errorf("%s gave nothing", g[0])
		if err != nil {
			last = fmt.Errorf("%s: %w", g[0], err)
		}
	}
	return nil, last
}

// grab runs the program. The picture shows a secret: a file that it writes is in a
// folder of its own, and is removed.
func (g grabber) grab(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "authctl-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file, args, named := filepath.Join(dir, "grab.png"), []string{}, false
	for _, arg := range g[1:] {
		with := bytes.ReplaceAll([]byte(arg), []byte("FILE"), []byte(file))
		named = named || string(with) != arg
		args = append(args, string(with))
	}
	cmd := exec.CommandContext(ctx, g[0], args...)
	out, err := cmd.Output()
	if err != nil || !named {
		return out, err
	}
	return os.ReadFile(file)
}
