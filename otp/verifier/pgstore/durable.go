package pgstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrForgets is why Open refuses a server that may forget what it committed.
var ErrForgets = errors.New("this server may forget logins that it has confirmed")

// check asks the server whether it can be written and whether it will remember.
func check(ctx context.Context, pool *pgxpool.Pool, allowLoss bool) error {
	var fsync, pages, commit, readOnly string
	var standby bool
	err := pool.QueryRow(ctx, `SELECT current_setting('fsync'), current_setting('full_page_writes'),
		current_setting('synchronous_commit'), current_setting('transaction_read_only'), pg_is_in_recovery()`).
		Scan(&fsync, &pages, &commit, &readOnly, &standby)
	switch {
	case err != nil:
		return fmt.Errorf("ask for its settings: %w", err)
	case standby:
		return errors.New("it is a standby, which cannot be written: connect to the primary")
	case readOnly == "on":
		return errors.New("it takes no writes from this role: default_transaction_read_only is on")
	case allowLoss:
		return nil
	case fsync != "on" || pages != "on":
		return fmt.Errorf("%w: fsync is %s and full_page_writes %s; both must be on", ErrForgets, fsync, pages)
	case commit == "off":
		return fmt.Errorf("%w: synchronous_commit is off for this role or database; set it to on", ErrForgets)
	}
	return nil
}
