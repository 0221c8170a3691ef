package transfer

import (
	"context"
	"slices"
)

// The formats that are read; [Writable] lists those that are written too.
const (
	OTPAuth           Format = "otpauth"            // otpauth URIs, one a line
	GoogleMigration   Format = "google-migration"   // Google Authenticator's export, as text
	Picture           Format = "picture"            // QR codes of keys and of Google's exports
	Aegis             Format = "aegis"              // Aegis, plain and encrypted
	TwoFAS            Format = "2fas"               // 2FAS, schemas 1 to 4
	Extension         Format = "authenticator-cc"   // Authenticator, the browser extension
	AndOTP            Format = "andotp"             // andOTP
	FreeOTPPlus       Format = "freeotp-plus"       // FreeOTP+
	FreeOTP           Format = "freeotp"            // FreeOTP 2 backup
	FreeOTPSettings   Format = "freeotp-settings"   // FreeOTP 1 and FreeOTP+, tokens.xml
	Bitwarden         Format = "bitwarden"          // Bitwarden, its Authenticator, Vaultwarden
	BitwardenCSV      Format = "bitwarden-csv"      // Bitwarden as CSV
	Ente              Format = "ente"               // Ente Auth
	Proton            Format = "proton"             // Proton Authenticator
	ProtonPass        Format = "proton-pass"        // Proton Pass
	Stratum           Format = "stratum"            // Stratum, Authenticator Pro
	StratumDatabase   Format = "stratum-db"         // Stratum's database
	Raivo             Format = "raivo"              // Raivo
	KeePassXC         Format = "keepassxc-csv"      // KeePassXC as CSV
	KeePass           Format = "keepass"            // KeePass's database, versions 3 and 4
	KeePassXML        Format = "keepass-xml"        // KeePass as XML
	OnePassword       Format = "1password"          // 1Password, 1pux
	OnePasswordCSV    Format = "1password-csv"      // 1Password as CSV
	AppleCSV          Format = "apple-csv"          // Apple's Passwords, Safari, as CSV
	CSV               Format = "csv"                // other password managers with a column for the key
	Enpass            Format = "enpass"             // Enpass
	Keeper            Format = "keeper"             // Keeper
	LastPass          Format = "lastpass"           // LastPass Authenticator
	TwoFAuth          Format = "2fauth"             // 2FAuth
	RSC2FA            Format = "2fa"                // rsc.io/2fa
	TOTPCLI           Format = "totp-cli"           // totp-cli
	Duo               Format = "duo"                // Duo Mobile's settings
	SteamApp          Format = "steam"              // Steam's app, maFile
	Authy             Format = "authy"              // Authy's settings
	BattleNet         Format = "battle-net"         // Battle.net's settings
	TOTPAuthenticator Format = "totp-authenticator" // TOTP Authenticator, backup and settings
	GoogleDatabase    Format = "google-db"          // Google Authenticator's database
	MicrosoftDatabase Format = "microsoft-db"       // Microsoft Authenticator's database
	HTML              Format = "html"               // a web page of Stratum, Aegis, Ente, Raivo
	Embedded          Format = "embedded"           // otpauth URIs in a file of no app that is known
	Zip               Format = "zip"                // an archive of files of the above
)

// reader knows one format.
type reader struct {
	format Format
	knows  func(in *input) bool
	read   func(ctx context.Context, in *input, f *File) error
}

// readers gives the readers in the order in which they are asked. Those that know their file by something that no
// other has come first; those that would take any text or any bytes, last.
func readers() []reader {
	return slices.Concat([]reader{
		{Picture, isPicture, readPicture},
		{Stratum, isStratum, readStratum},
		{FreeOTP, isFreeotp2, readFreeotp2},
		{KeePass, isKDBX, readKDBX},
		{Zip, isArchive, readArchive},
		databaseReader(GoogleDatabase, "accounts", []string{"email", "secret"}, takeGoogleRow),
		databaseReader(MicrosoftDatabase, "accounts", []string{"name", "username", "oath_secret_key"}, takeMicrosoftRow),
		databaseReader(StratumDatabase, "authenticator", []string{"type", "secret"}, takeStratumRow),
		{Aegis, isAegis, readAegis},
		{TwoFAS, isTwofas, readTwofas},
		{Ente, isEnteEncrypted, readEnteEncrypted},
		{Ente, isEnteItems, readEnteItems},
		{Proton, isProton, readProton},
		{ProtonPass, isProtonPass, readProtonPass},
		{FreeOTPPlus, isFreeotpPlus, readFreeotpPlus},
		{Bitwarden, isBitwarden, readBitwarden},
		{Enpass, isEnpass, readEnpass},
		{Keeper, isKeeper, readKeeper},
		{TwoFAuth, isTwofauth, readTwofauth},
		{OnePassword, isOnePassword, readOnePassword},
		{LastPass, isLastPass, readLastPass},
		{SteamApp, isSteam, readSteam},
		{Duo, isDuo, readDuo},
		{Raivo, isRaivo, readRaivo},
		{AndOTP, isAndotp, readAndotp},
		{Extension, isExtension, readExtension},
		{Authy, isAuthy, readAuthy},
		{BattleNet, isBattleNet, readBattleNet},
		{TOTPAuthenticator, isTOTPAuthenticator, readTOTPAuthenticator},
		{FreeOTPSettings, isFreeotpSettings, readFreeotpSettings},
		{KeePassXML, isKeePassXML, readKeePassXML},
		{HTML, isHTML, readHTML},
		csvReader(BitwardenCSV),
		csvReader(KeePassXC),
		csvReader(OnePasswordCSV),
		csvReader(AppleCSV),
		csvReader(CSV),
	}, unreadables(), []reader{
		{GoogleMigration, isMigrationList, readMigration},
		{Ente, isEnteList, readURIList},
		{OTPAuth, isURIList, readURIList},
		{TOTPCLI, isTOTPCLI, readTOTPCLI},
		{RSC2FA, isRSC, readRSC},
		{Embedded, isEmbedded, readEmbedded},
		{AndOTP, isAndotpEncrypted, readAndotpEncrypted},
	})
}
