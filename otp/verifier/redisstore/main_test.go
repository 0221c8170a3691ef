package redisstore_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9/logging"
)

// TestMain keeps go-redis from writing of each connection that a test cuts.
func TestMain(m *testing.M) {
	logging.Disable()
	os.Exit(m.Run())
}

// kills is how often servers are killed: AUTHCTL_KILLS, else 5 times.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("AUTHCTL_KILLS")); err == nil && n > 0 {
		return n
	}
	return 5
}
