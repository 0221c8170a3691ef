package transfer

import "context"

// The formats that are read; [Writable] lists those that are written too.
const (
	OTPAuth         Format = "otpauth"          // otpauth URIs, one a line
	GoogleMigration Format = "google-migration" // Google Authenticator's export, as text
	Picture         Format = "picture"          // QR codes; its entries say what was in the code
)

// reader knows one format.
type reader struct {
	format Format
	knows  func(in *input) bool
	read   func(ctx context.Context, in *input, f *File) error
}

// readers are asked in this order. Those that know their file by something that no
// other has come first; those that would take any text or any bytes, last.
var readers = []reader{
	{Picture, isPicture, readPicture},
	{GoogleMigration, isMigrationList, readMigration},
	{OTPAuth, isURIList, readURIList},
}
