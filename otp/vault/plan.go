package vault

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/transfer"
)

// Plan says, entry by entry, what an import would meet.
type Plan struct {
	Items []Item // one for each entry, in their order
}

// Item is one entry of a [Plan].
type Item struct {
	Entry   transfer.Entry
	Kind    Kind
	Account Account // what it meets; its ID is empty if that is an earlier entry of the same import
	Older   int     // for Outdated: which of Account.Older it is
	Err     error   // for Invalid: why
	Done    Done    // what [Tx.Apply] did; empty before
}

// Done is what [Tx.Apply] did with an entry.
type Done string

const (
	Added    Done = "added"    // as an account of its own
	Replaced Done = "replaced" // its key or name is now that of the account it met
	Updated  Done = "updated"  // note, tags or counter of the account that it met
	Skipped  Done = "skipped"
)

// OnDuplicate is what to do with an entry that meets an account. An entry that is
// new is always added, one that is invalid never; one that is identical is never
// added twice.
type OnDuplicate int

const (
	// Skip leaves what is in the vault as it is.
	Skip OnDuplicate = iota
	// Keep adds the entry beside what is there.
	Keep
	// Replace takes the entry's key, name, note, tags and favorite mark. The key
	// before it is kept among the older ones; a counter only ever moves forward. An
	// account that was put aside comes back, unless the entry itself is in the bin.
	Replace
)

// ParseOnDuplicate reads skip, keep or replace.
func ParseOnDuplicate(s string) (OnDuplicate, error) {
	switch strings.ToLower(s) {
	case "skip":
		return Skip, nil
	case "keep":
		return Keep, nil
	case "replace":
		return Replace, nil
	}
	return 0, fmt.Errorf("%.20q is not skip, keep or replace", s)
}

// Count is how many items are of a kind.
func (p Plan) Count(k Kind) int {
	n := 0
	for _, i := range p.Items {
		if i.Kind == k {
			n++
		}
	}
	return n
}

// Plan compares the entries with the accounts and with each other. It changes
// nothing.
func (v *Vault) Plan(entries []transfer.Entry) Plan {
	x := newIndex(v.Accounts())
	var p Plan
	for _, e := range entries {
		item := x.meet(e)
		if item.Kind == New {
			x.add(entryAccount(e))
		}
		p.Items = append(p.Items, item)
	}
	return p
}

// meet is the item of one entry.
func (x *index) meet(e transfer.Entry) Item {
	if err := entryAccount(e).check(); err != nil {
		return Item{Entry: e, Kind: Invalid, Err: err}
	}
	c := x.compare(e.Key)
	return Item{Entry: e, Kind: c.Kind, Account: c.Account, Older: c.Older}
}

// Apply makes the import of a plan. It compares anew with what the vault holds
// now, so that nothing is lost if somebody wrote since, and returns the plan as it
// was carried out.
func (t *Tx) Apply(p Plan, d OnDuplicate) (Plan, error) {
	x := newIndex(t.content.accounts)
	done := Plan{Items: make([]Item, 0, len(p.Items))}
	for i, planned := range p.Items {
		item := x.meet(planned.Entry)
		if err := t.apply(&item, d); err != nil {
			return Plan{}, fmt.Errorf("import entry %d: %w", i+1, err)
		}
		switch item.Done {
		case Added:
			x.add(item.Account)
		case Replaced: // rare; names and secrets moved
			x = newIndex(t.content.accounts)
		}
		done.Items = append(done.Items, item)
	}
	return done, nil
}

func (t *Tx) apply(item *Item, d OnDuplicate) (err error) {
	item.Done = Skipped
	switch {
	case item.Kind == Invalid:
		return nil
	case item.Kind == New, d == Keep && item.Kind != Identical:
		a := entryAccount(item.Entry)
		if item.Entry.Trashed {
			a.Trashed = t.now
		}
		item.Account, err = t.Add(a)
		item.Done = Added
		return err
	case d == Replace:
		return t.replace(item)
	}
	return nil
}

// replace takes over an entry into the account that it meets.
func (t *Tx) replace(item *Item) error {
	before, err := t.Account(item.Account.ID)
	if err != nil {
		return err
	}
	a, e := before.clone(), item.Entry
	item.Done = Replaced
	if item.Kind == Identical {
		item.Done = Updated
	}
	a.takeKey(e.Key, Comparison{Kind: item.Kind, Older: item.Older}, t.now, "import")
	a.takeText(e)
	if item.Kind != Identical && !e.Trashed {
		a.Archived, a.Trashed = time.Time{}, time.Time{}
	}
	if item.Kind == Identical && sameText(before, a) && before.Key.Equal(a.Key) {
		item.Done = Skipped
		return nil
	}
	item.Account = a
	return t.Put(a)
}

// takeText takes over note, tags and mark where the entry has them.
func (a *Account) takeText(e transfer.Entry) {
	from := entryAccount(e)
	if from.Note != "" {
		a.Note = from.Note
	}
	if len(from.Tags) > 0 {
		a.Tags = from.Tags
	}
	a.Favorite = a.Favorite || e.Favorite
}

func sameText(a, b Account) bool {
	return a.Note == b.Note && a.Favorite == b.Favorite && slices.Equal(a.Tags, b.Tags)
}

// entryAccount is the entry as a new account. Its texts are cleaned: other apps
// allow what would rewrite a terminal line.
func entryAccount(e transfer.Entry) Account {
	a := Account{Key: e.Key, Note: CleanNote(e.Note), Favorite: e.Favorite}
	for _, tag := range e.Tags {
		if tag = otp.CleanText(tag); tag != "" {
			a.Tags = append(a.Tags, tag)
		}
	}
	return a
}
