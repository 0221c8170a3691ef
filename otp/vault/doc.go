// Package vault keeps a holder's accounts in one encrypted file.
//
// [Create] makes a vault, [Open] reads one, [Vault.Accounts] lists it, and every
// change goes through [Vault.Update], which keeps all that its function did or
// nothing of it. [Vault.NextHOTP] makes the next code of a counter-based key and
// has saved the counter before it returns. [Find] turns what a person typed into
// an account; [Compare], [Vault.Plan] and [Tx.Apply] decide what a scanned key or
// another app's export means for what is here already; [Confirm] tells whether a
// site uses the new key or still an older one.
//
// # The file
//
// A vault is an age file (age-encryption.org/v1) that the age tool opens. Its
// content is encrypted to an X25519 identity of the vault's own, so that a save
// costs no key derivation. That identity travels in the header of the same file,
// encrypted with the passphrase and, if wished, to further age recipients. One
// file is therefore the whole vault: copying it is a backup, and changing the
// passphrase is one rename. doc/vault.md has the format.
//
// # Promises
//
// A file is replaced whole or not at all, and the version before it is kept
// beside it with the suffix .bak. Two processes that write at once wait for each
// other and lose nothing. Secrets, passphrases and recovery codes are held in
// [otp.Secret], which prints as "[redacted]".
//
// The package reads no environment and no terminal: it is given identities. Where
// they come from (a prompt, an SSH key, a plugin, package agent) is the caller's
// business.
package vault
