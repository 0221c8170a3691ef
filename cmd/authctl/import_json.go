package main

import (
	"github.com/authctl/authctl/otp/transfer"
	"github.com/authctl/authctl/otp/vault"
)

// importReport is the answer of import as JSON: that of inspect, with what becomes
// of each key.
type importReport struct {
	inspection
	DryRun   bool              `json:"dry_run"`
	Files    []importedSource  `json:"files"`
	Keys     []importedKey     `json:"keys"` // these take the place of those of inspection
	Warnings []importedWarning `json:"warnings"`
	Skipped  []importedSkip    `json:"skipped"`
	Counts   importCounts      `json:"counts"`
}

type importedSource struct {
	File      string          `json:"file"`
	Format    transfer.Format `json:"format"`
	Encrypted bool            `json:"encrypted"`
	Entries   int             `json:"entries"` // read or not
}

type importedKey struct {
	inspectedKey
	File    string     `json:"file"`
	Kind    vault.Kind `json:"kind"`
	Meets   *metKey    `json:"meets,omitempty"` // what makes it of another kind than new
	Outcome vault.Done `json:"outcome"`         // with dry_run, what would become of it
	ID      string     `json:"id,omitempty"`    // of the account that has it now
	Reason  string     `json:"reason,omitempty"`
}

// metKey is an account of the vault; without id, another entry of the files.
type metKey struct {
	ID    string `json:"id,omitempty"`
	Title string `json:"title"`
}

type importedWarning struct {
	File string `json:"file"`
	inspectedWarning
}

type importedSkip struct {
	File string `json:"file"`
	inspectedSkip
}

// importReportOf has as its source the format that the files share, or else
// "several".
func importReportOf(im *importing) importReport {
	r := importReport{
		DryRun: im.dryRun, Keys: []importedKey{}, Warnings: []importedWarning{}, Skipped: []importedSkip{}, Counts: im.counts(),
	}
	items := im.items
	for i, file := range im.files {
		in := inspectionOf(file.File, false)
		if i == 0 {
			r.inspection = in
		} else {
			if in.Source.Format != r.Source.Format {
				r.Source.Format, r.Source.Version = "several", ""
			}
			r.Source.Encrypted = r.Source.Encrypted || in.Source.Encrypted
			r.Symbols = append(r.Symbols, in.Symbols...)
		}
		r.Files = append(r.Files, importedSource{file.path, file.Format, file.Encrypted, len(file.Entries) + len(file.Skipped)})
		for j, k := range in.Keys {
			r.Keys = append(r.Keys, importedKeyOf(file.path, k, items[j], im.dryRun))
		}
		for _, w := range in.Warnings {
			r.Warnings = append(r.Warnings, importedWarning{file.path, w})
		}
		for _, s := range in.Skipped {
			r.Skipped = append(r.Skipped, importedSkip{file.path, s})
		}
		items = items[len(file.Entries):]
	}
	return r
}

func importedKeyOf(path string, k inspectedKey, item importedItem, dryRun bool) importedKey {
	shown := importedKey{inspectedKey: k, File: path, Kind: item.Kind, Outcome: item.Done}
	switch item.Kind {
	case vault.Invalid:
		shown.Reason = item.Err.Error()
	case vault.New:
	default:
		shown.Meets = &metKey{item.met.ID, item.met.Title()}
	}
	if !dryRun { // the ids of a trial run are not kept
		shown.ID = item.Account.ID
	}
	return shown
}
