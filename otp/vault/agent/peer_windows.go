package agent

import (
	"fmt"
	"os"
)

// checkFolder: on Windows a folder in the user's profile has an ACL for that user
// alone, which new folders inherit.
func checkFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	return err
}
