package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/qr"
	"github.com/authctl/authctl/otp/transfer"
	"github.com/google/go-cmp/cmp"
)

// The keys that the fixtures hold, and the password of the encrypted ones.
var (
	totp  = account("otpauth://totp/Acme:bob%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme&algorithm=SHA256&digits=8&period=60")
	hotp  = account("otpauth://hotp/B%C3%BCcher%20%26%20Co:zo%C3%AB?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=B%C3%BCcher%20%26%20Co&algorithm=SHA512&counter=41")
	guard = account("otpauth://steam/Steam:gabe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Steam")
	easy  = account("otpauth://totp/Acme:bob%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Acme")
)

const (
	password = "correct horse Ω"
	// What a fixture may say of its keys:
	secretA = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	secretB = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	bytesA  = `[72,101,108,108,111,33,-34,-83,-66,-17,72,101,108,108,111,33,-34,-83,-66,-17]`
	bytesB  = `[49,50,51,52,53,54,55,56,57,48,49,50,51,52,53,54,55,56,57,48]`
)

type fixture struct {
	name    string
	format  transfer.Format
	data    string
	sealed  func(plain string) string // the encrypted form of data; nil: there is none
	entries []transfer.Entry          // without Source, Warnings and Written
	skipped []string                  // "index name reason", the beginning of it
	warned  []otp.WarningCode         // of the file and of its entries
}

func one(keys ...otp.Key) (list []transfer.Entry) {
	for _, k := range keys {
		list = append(list, transfer.Entry{Key: k})
	}
	return list
}

var fixtures = []fixture{
	{
		name: "otpauth", format: transfer.OTPAuth,
		data:    "\ufeff# list\r\n" + totp.URI() + "\r\n" + hotp.URI() + "\r\n" + guard.URI() + "\r\nnonsense\r\n",
		entries: one(totp, hotp, guard),
		skipped: []string{"5  it is not an otpauth URI"},
	},
	{
		name: "aegis", format: transfer.Aegis, sealed: sealAegis,
		data: `{"version":1,"header":{"slots":null,"params":null},"db":{"version":3,"entries":[
			{"type":"totp","uuid":"u1","name":"bob@example.org","issuer":"Acme","note":"spare\nkey\u001b[2J","favorite":true,"icon":"aWNvbg==","icon_mime":"image/png",
			 "info":{"secret":"` + secretA + `","algo":"SHA256","digits":8,"period":60},"groups":["g2","g1"]},
			{"type":"hotp","uuid":"u2","name":"zoë","issuer":"Bücher & Co","info":{"secret":"` + secretB + `","algo":"SHA512","digits":6,"counter":41}},
			{"type":"yandex","uuid":"u3","name":"y","issuer":"Yandex","info":{"secret":"` + secretA + `","algo":"SHA256","digits":8,"period":30,"pin":"1234"}},
			{"type":"totp","uuid":"u4","name":"m","issuer":"Old","info":{"secret":"` + secretA + `","algo":"MD5","digits":6,"period":30}},
			{"type":"totp","uuid":"u5","name":"bob@example.org","issuer":"Acme","info":{"secret":"` + secretA + `","algo":"SHA1","digits":0,"period":0}},
			{"type":"totp","uuid":"u6","name":"x","issuer":"No","info":{"secret":"` + secretA[:15] + `1","algo":"SHA1","digits":6,"period":30}},
			{"type":"totp","name":7}],
			"groups":[{"uuid":"g1","name":"Home"},{"uuid":"g2","name":"Work"}]}}`,
		entries: []transfer.Entry{
			{Key: totp, Note: "spare\nkey[2J", Favorite: true, Tags: []string{"Work", "Home"}}, {Key: hotp}, {Key: easy},
		},
		skipped: []string{
			"3 Yandex:y type yandex: not supported", "4 Old:m algorithm MD5: not supported",
			"6 No:x read secret: character 16 is 1, which base32 does not have", `7  "Name" is a number`,
		},
		warned: []otp.WarningCode{transfer.ValueDefault, transfer.ValueDefault},
	},
	{
		name: "aegis version 1", format: transfer.Aegis,
		data: `{"version":1,"header":{"slots":null,"params":null},"db":{"version":1,"entries":[
			{"type":"steam","name":"gabe","issuer":"Steam","group":"Games","icon":null,"info":{"secret":"` + secretB + `","algo":"SHA1","digits":5,"period":30}}]}}`,
		entries: []transfer.Entry{{Key: guard, Tags: []string{"Games"}}},
	},
	{
		name: "2fas", format: transfer.TwoFAS, sealed: sealTwofas,
		data: `{"services":[
			{"name":"Acme","secret":"jbsw y3dp ehpk 3pxp jbsw y3dp ehpk 3pxp","otp":{"account":"bob@example.org","issuer":"Other","digits":8,"period":60,"algorithm":"SHA256","tokenType":"TOTP"},"groupId":"g","order":{"position":0}},
			{"name":"Bücher & Co","secret":"` + secretB + `","otp":{"label":"Bücher & Co:zoë","issuer":"Bücher & Co","algorithm":"SHA512","counter":41,"period":30,"tokenType":"HOTP"}},
			{"name":"Steam","secret":"` + secretB + `","otp":{"account":"gabe","tokenType":"STEAM"}},
			{"name":"Odd","secret":"` + secretA + `","otp":{"algorithm":"SHA224","tokenType":"TOTP"}}],
			"groups":[{"id":"g","name":"Work"}],"schemaVersion":4}`,
		entries: []transfer.Entry{{Key: totp, Tags: []string{"Work"}}, {Key: hotp}, {Key: guard}},
		skipped: []string{"4 Odd algorithm SHA224: not supported"},
	},
	{
		name: "andotp", format: transfer.AndOTP, sealed: sealAndotp,
		data: `[{"secret":"` + secretA + `","issuer":"Acme","label":"bob@example.org","digits":8,"type":"TOTP","algorithm":"SHA256","period":60,"tags":["Work",""]},
			{"secret":"` + secretB + `","label":"Bücher & Co - Bücher & Co:zoë","digits":6,"type":"HOTP","algorithm":"SHA512","counter":41},
			{"secret":"","label":"empty","type":"TOTP"}]`,
		entries: []transfer.Entry{{Key: totp, Tags: []string{"Work"}}, {Key: hotp}},
		skipped: []string{"3 empty read secret: it is empty"},
	},
	{
		name: "freeotp-plus", format: transfer.FreeOTPPlus,
		data: `{"tokenOrder":["x"],"tokens":[
			{"algo":"SHA256","counter":0,"digits":8,"issuerExt":"Acme","label":"bob@example.org","period":60,"secret":` + bytesA + `,"type":"TOTP"},
			{"algo":"SHA512","counter":40,"digits":6,"issuerInt":"Bücher & Co","label":"zoë","period":30,"secret":` + bytesB + `,"type":"HOTP"},
			{"issuerExt":"Steam","label":"gabe","secret":` + bytesB + `,"type":"TOTP"},
			{"counter":-1,"label":"new","secret":` + bytesB + `,"type":"HOTP"},
			{"counter":9223372036854775807,"label":"end","secret":` + bytesB + `,"type":"HOTP"},
			{"label":"broken","secret":[1,2,"3"],"type":"HOTP"}]}`,
		entries: one(totp, hotp, guard, account("otpauth://hotp/new?counter=0&secret="+secretB)),
		skipped: []string{"5 end counter is 9223372036854775807", "6  bytes are not"},
	},
	{
		name: "freeotp-settings", format: transfer.FreeOTPSettings,
		data: `<?xml version='1.0' encoding='utf-8' standalone='yes' ?><map>
			<string name="tokenOrder">["b"]</string>
			<string name="b">{&quot;algo&quot;:&quot;SHA512&quot;,&quot;counter&quot;:40,&quot;digits&quot;:6,&quot;issuerExt&quot;:&quot;Bücher &amp; Co&quot;,&quot;label&quot;:&quot;zoë&quot;,&quot;secret&quot;:` + bytesB + `,&quot;type&quot;:&quot;HOTP&quot;}</string>
			<boolean name="x" value="true" /></map>`,
		entries: one(hotp),
	},
	{
		name: "freeotp", format: transfer.FreeOTP, sealed: sealFreeotp2,
		data:    `{"type":"TOTP","issuerExt":"Acme","label":"bob@example.org","digits":8,"period":60}`,
		entries: one(totp),
		skipped: []string{"2 no secret:for this its secret is not in the file", "3  it is not the JSON of a token"},
	},
	{
		name: "bitwarden", format: transfer.Bitwarden, sealed: sealBitwarden,
		data: `{"encrypted":false,"folders":[{"id":"f","name":"Work"}],"items":[
			{"type":1,"folderId":"f","name":"Acme","notes":"my diary","favorite":true,"login":{"username":"bob@example.org","password":"hunter2","totp":"` + secretA + `"}},
			{"type":1,"folderId":null,"name":"Steam","login":{"username":"gabe","totp":"steam://` + secretB + `"}},
			{"type":2,"name":"a note","notes":"hunter3","login":null},
			{"type":1,"name":"without","login":{"totp":null}},
			{"type":1,"name":"Pasted","login":{"username":"x","totp":"hunter2!"}},
			{"type":1,"name":"elsewhere","login":{"totp":"` + strings.ReplaceAll(totp.URI(), "&", `\u0026`) + `"}}]}`,
		entries: []transfer.Entry{{Key: easy, Favorite: true, Tags: []string{"Work"}}, {Key: guard}, {Key: totp}},
		skipped: []string{"5 Pasted:x read secret: character 8 is not base32"},
		warned:  []otp.WarningCode{transfer.ItemsWithoutKey},
	},
	{
		name: "bitwarden of an organization", format: transfer.Bitwarden,
		data: `{"encrypted":false,"collections":[{"id":"c","organizationId":"o","name":"Work"},{"id":"d","name":"Shared"}],"items":[
			{"type":1,"folderId":null,"collectionIds":["d","c"],"name":"Acme","login":{"username":"bob@example.org","totp":"` + secretA + `"}}]}`,
		entries: []transfer.Entry{{Key: easy, Tags: []string{"Shared", "Work"}}},
	},
	{
		name: "bitwarden-csv of an organization", format: transfer.BitwardenCSV,
		data: "collections,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n" +
			"\"Work,Shared\",login,Acme,,,0,,bob@example.org,hunter2," + secretA + "\n",
		entries: []transfer.Entry{{Key: easy, Tags: []string{"Work", "Shared"}}},
	},
	{
		name: "enpass", format: transfer.Enpass,
		data: `{"folders":[{"title":"Work","uuid":"f","parent_uuid":""}],"items":[
			{"uuid":"1","title":"Acme","favorite":1,"trashed":0,"folders":["f"],"fields":[{"type":"email","value":"x@example.org"},{"type":"username","value":"bob@example.org"},
			 {"type":"password","value":"hunter2"},{"type":"totp","value":"` + secretA + `","deleted":0},{"type":"totp","value":"old","deleted":1},{"type":"totp","value":"` + totp.URI() + `"}]},
			{"uuid":"2","title":"none","trashed":1,"fields":null}]}`,
		entries: []transfer.Entry{{Key: easy, Favorite: true, Tags: []string{"Work"}}, {Key: totp, Favorite: true, Tags: []string{"Work"}}},
		warned:  []otp.WarningCode{transfer.ItemsWithoutKey},
	},
	{
		name: "keeper", format: transfer.Keeper,
		data: `{"shared_folders":[],"records":[
			{"title":"Acme","login":"bob@example.org","password":"hunter2","custom_fields":{"$oneTimeCode":"otpauth://totp/?secret=` + secretA + `&issuer=&algorithm=SHA1&digits=6&period=30",
			 "$name":{"first":"hunter3"}},"folders":[{"folder":"Work"},{"shared_folder":"Shared"}]},
			{"title":"Old","custom_fields":{"TFC:Keeper":["` + totp.URI() + `"]}},{"title":"none"},{"title":"Odd","custom_fields":{"$oneTimeCode":{"url":"x"}}}]}`,
		entries: []transfer.Entry{{Key: easy, Tags: []string{"Work", "Shared"}}, {Key: totp}},
		skipped: []string{"4 Odd its one-time code is neither"},
		warned:  []otp.WarningCode{transfer.ItemsWithoutKey},
	},
	{
		name: "apple-csv", format: transfer.AppleCSV,
		data:    "Title,URL,Username,Password,Notes,OTPAuth\nAcme,https://a,bob@example.org,hunter2,\"hunter3\"," + totp.URI() + "\nnone,https://b,c,hunter2,,\n",
		entries: one(totp),
		warned:  []otp.WarningCode{transfer.ItemsWithoutKey},
	},
	{
		name: "csv with semicolons", format: transfer.BitwardenCSV,
		data:    "\ufefffolder;favorite;type;name;notes;login_username;login_totp\r\nWork;1;login;Acme;\"a;b, c\";bob@example.org;" + secretA + "\r\n",
		entries: []transfer.Entry{{Key: easy, Favorite: true, Tags: []string{"Work"}}},
	},
	{
		name: "zoho vault", format: transfer.CSV,
		data:    "Password Name,Description,Password URL,SecretData,Notes,CustomData,Tags,Classification,Favorite,login_totp,TOTP,Folder Name\nAcme,,https://a,\"SecretType:Web Account\nuser:hunter2\",,,,E,1,," + secretA + ",Work\n",
		entries: []transfer.Entry{{Key: named(easy, "Acme", ""), Favorite: true, Tags: []string{"Work"}}},
	},
	{
		name: "bitwarden-csv", format: transfer.BitwardenCSV,
		data: "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n" +
			"Work,1,login,Acme,\"two\nlines\",,0,,bob@example.org,hunter2," + secretA + "\n\n" +
			",,note,diary,hunter3,,0,,,,\n" +
			",,login,GitHub,,,0,,,,otpauth://totp/octo?secret=" + secretA + "\n" +
			",,login,torn,\"hunter4,,,,,,\n,,login,after\n",
		entries: []transfer.Entry{{Key: easy, Favorite: true, Tags: []string{"Work"}}, {Key: named(easy, "GitHub", "octo")}},
		skipped: []string{"4  lines 7 to 8 cannot be read as CSV"},
		warned:  []otp.WarningCode{transfer.ItemsWithoutKey},
	},
	{
		// Bitwarden Authenticator: no user names, and more cells in a row than names of columns.
		name: "bitwarden-csv-authenticator", format: transfer.BitwardenCSV,
		data: "folder,favorite,type,name,login_uri,login_totp\n" +
			",1,1,Acme,," + totp.URI() + ",Acme,60,8\n" +
			",,1,GitHub,," + secretA + ",GitHub,30,6\n",
		entries: []transfer.Entry{{Key: totp, Favorite: true}, {Key: named(easy, "GitHub", "")}},
	},
	{
		name: "keepassxc-csv", format: transfer.KeePassXC,
		data: `"Group","Title","Username","Password","URL","Notes","TOTP","Icon","Last Modified","Created"` + "\r\n" +
			`"Passwords/Work","Acme","bob@example.org","hunter2","","","` + totp.URI() + `","0","",""` + "\r\n" +
			`"Passwords/Recycle Bin","Steam","","","","","otpauth://totp/Steam:none?secret=` + secretB + `&period=30&digits=5&issuer=Steam&encoder=steam","0","",""` + "\r\n" +
			`"Passwords","Acme","bob@example.org","","","","key=` + secretA + `&size=8&step=60&otpHashMode=Sha256","0","",""` + "\r\n",
		entries: []transfer.Entry{
			{Key: totp, Tags: []string{"Work"}}, {Key: named(guard, "Steam", ""), Tags: []string{"Recycle Bin"}, Trashed: true}, {Key: totp},
		},
	},
	{
		name: "1password-csv", format: transfer.OnePasswordCSV,
		data:    "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nAcme,,bob@example.org,hunter2," + totp.URI() + ",true,false,,\n",
		entries: []transfer.Entry{{Key: totp, Favorite: true}},
	},
	{
		name: "csv", format: transfer.CSV,
		data:    "url,username,password,totp,extra,name,grouping,fav\nhttps://a,bob@example.org,hunter2," + secretA + ",hunter3,Acme,Work,1\n",
		entries: []transfer.Entry{{Key: easy, Favorite: true, Tags: []string{"Work"}}},
	},
	{
		name: "ente", format: transfer.Ente, sealed: sealEnte,
		data: totp.URI() + "&codeDisplay=" + "%7B%22pinned%22%3Atrue%2C%22trashed%22%3Atrue%2C%22tags%22%3A%5B%22My+Work%22%5D%2C%22note%22%3A%22a%20%252C%22%7D\n" +
			strings.Replace(hotp.URI(), "algorithm=SHA512", "codeDisplay=%7B%7D&algorithm=Algorithm.sha512", 1) + "\n" + guard.URI(),
		entries: []transfer.Entry{{Key: totp, Favorite: true, Trashed: true, Tags: []string{"My Work"}, Note: "a %2C"}, {Key: hotp}, {Key: guard}},
		warned:  []otp.WarningCode{otp.AlgorithmSpelling},
	},
	{
		name: "ente with items", format: transfer.Ente, sealed: sealEnte,
		data: `{"items":[{"rawData":"` + totp.URI() + `","display":{"pinned":true,"trashed":false,"tags":["Work"],"note":"a"}},
			{"rawData":"` + hotp.URI() + `&codeDisplay=%7B%22pinned%22%3Afalse%252C%22note%22%3A%22b%22%7D","display":null},{"rawData":"nonsense"}]}`,
		entries: []transfer.Entry{{Key: totp, Favorite: true, Tags: []string{"Work"}, Note: "a"}, {Key: hotp, Note: "b"}},
		skipped: []string{"3  it does not begin with otpauth://"},
	},
	{
		// URIs between commas; values that Ente did not find in a file of 2FAS.
		name: "ente joined", format: transfer.OTPAuth,
		data:    totp.URI() + ",otpauth://totp/Acme:bob@example.org?secret=" + secretA + "&issuer=Acme&algorithm=null&digits=null&period=null," + hotp.URI() + "\n",
		entries: one(totp, easy, hotp),
		warned:  []otp.WarningCode{transfer.ValueDefault, transfer.ValueDefault, transfer.ValueDefault},
	},
	{
		name: "embedded in JSON", format: transfer.Embedded,
		data:    `{"records":[{"title":"x","note":"steam://run/1","key":"` + strings.ReplaceAll(strings.ReplaceAll(totp.URI(), "&", `\u0026`), "/", `\/`) + `"}],"rest":["otpauth://totp/no",1e999]}`,
		entries: one(totp),
		skipped: []string{"2  it has no secret"},
		warned:  []otp.WarningCode{transfer.FormatUnknown},
	},
	{
		name: "embedded in text", format: transfer.Embedded,
		data:    "site = \"" + totp.URI() + "\"\nuser: bob hunter2 '" + hotp.URI() + "' steam://run/1\n",
		entries: one(totp, hotp),
		warned:  []otp.WarningCode{transfer.FormatUnknown},
	},
	{
		name: "proton", format: transfer.Proton, sealed: sealProton,
		data: `{"version":1,"entries":[
			{"id":"1","content":{"uri":"` + totp.URI() + `","entry_type":"Totp","name":"bob"},"note":"spare"},
			{"id":"2","content":{"uri":"steam://` + secretB + `","entry_type":"Steam","name":"gabe"},"note":null}]}`,
		entries: []transfer.Entry{{Key: totp, Note: "spare"}, {Key: named(guard, "", "gabe")}},
	},
	{
		name: "proton-pass", format: transfer.ProtonPass, sealed: zipped("Proton Pass/data.json"),
		data: `{"version":"1.2","encrypted":false,"vaults":{"v":{"name":"Personal","items":[
			{"state":1,"pinned":true,"data":{"metadata":{"name":"Acme","note":"hunter3"},"content":{"itemEmail":"bob@example.org","password":"hunter2","totpUri":"` + totp.URI() + `",
			  "sections":[{"sectionName":"s","sectionFields":[{"type":"totp","data":{"totpUri":"` + totp.URI() + `"}}]}]},
			 "extraFields":[{"fieldName":"second","type":"totp","data":{"totpUri":"` + secretA + `"}}]}},
			{"state":2,"data":{"metadata":{"name":"empty"},"content":{}}}]}}}`,
		entries: []transfer.Entry{
			{Key: totp, Favorite: true, Tags: []string{"Personal"}}, {Key: easy, Favorite: true, Tags: []string{"Personal"}}, {Key: totp, Favorite: true, Tags: []string{"Personal"}},
		},
		warned: []otp.WarningCode{transfer.ItemsWithoutKey},
	},
	{
		name: "stratum", format: transfer.Stratum, sealed: sealStratum,
		data: `{"Authenticators":[
			{"Type":2,"Icon":null,"Issuer":"Acme","Username":"bob@example.org","Secret":"` + secretA + `","Algorithm":1,"Digits":8,"Period":60,"Counter":0},
			{"Type":1,"Issuer":"Bücher & Co","Username":"zoë","Secret":"` + secretB + `","Algorithm":2,"Digits":6,"Period":30,"Counter":41},
			{"Type":3,"Issuer":"Old","Username":null,"Secret":"00ff","Pin":"1234"},{"Type":9,"Issuer":"Future"},{"Type":2,"Issuer":"Hash","Algorithm":7}],
			"Categories":[{"Id":"c","Name":"Work"}],"AuthenticatorCategories":[{"CategoryId":"c","AuthenticatorSecret":"` + secretA + `"}],"CustomIcons":[{"Id":"1","Data":"aWNvbg=="}]}`,
		entries: []transfer.Entry{{Key: totp, Tags: []string{"Work"}}, {Key: hotp}},
		skipped: []string{"3 Old type motp: not supported", "4 Future type number 9 is not known", "5 Hash algorithm number 7 is not known"},
	},
	{
		name: "raivo", format: transfer.Raivo, sealed: zippedAES("raivo-otp-export.json"),
		data: `[{"issuer":"Acme","account":"bob@example.org","secret":"` + secretA + `","kind":"TOTP","algorithm":"SHA256","digits":"8","timer":"60","counter":"0","pinned":"true","iconType":"","iconValue":""},
			{"issuer":"Bücher & Co","account":"zoë","secret":"` + secretB + `","kind":"HOTP","algorithm":"SHA512","digits":"6","timer":"0","counter":"41","pinned":"false"}]`,
		entries: []transfer.Entry{{Key: totp, Favorite: true}, {Key: hotp}},
		warned:  []otp.WarningCode{transfer.DeletedIncluded},
	},
	{
		name: "1password", format: transfer.OnePassword, sealed: zipped("export.data"),
		data: `{"accounts":[{"attrs":{},"vaults":[{"attrs":{"name":"Private"},"items":[
			{"favIndex":1,"state":"active","overview":{"title":"Acme","tags":["Work"]},"details":{"loginFields":[{"designation":"username","value":"bob@example.org"},{"designation":"password","value":"hunter2"}],
			 "sections":[{"fields":[{"value":{"concealed":"hunter3"}},{"value":{"totp":"` + totp.URI() + `"}},{"value":{"totp":"` + secretA + `"}}]}]}},
			{"overview":{"title":"no key"},"details":{"loginFields":[],"sections":[]}}]}]}]}`,
		entries: []transfer.Entry{
			{Key: totp, Favorite: true, Tags: []string{"Private", "Work"}}, {Key: easy, Favorite: true, Tags: []string{"Private", "Work"}},
		},
		warned: []otp.WarningCode{transfer.ItemsWithoutKey},
	},
	{
		name: "lastpass", format: transfer.LastPass,
		data: `{"deviceId":null,"version":3,"accounts":[{"accountID":"a","issuerName":"Acme","originalIssuerName":"x","userName":"bob@example.org","secret":"` + secretA + `","timeStep":60,"digits":8,"algorithm":"SHA256","isFavorite":true,"folderData":{"folderId":1,"position":0}}],
			"folders":[{"id":1,"name":"Work","isOpened":true}]}`,
		entries: []transfer.Entry{{Key: totp, Favorite: true, Tags: []string{"Work"}}},
	},
	{
		name: "2fauth", format: transfer.TwoFAuth,
		data: `{"app":"2fauth_v5.4.3","schema":1,"datetime":"2024","data":[
			{"otp_type":"totp","account":"bob@example.org","service":"Acme","secret":"` + secretA + `","digits":8,"algorithm":"sha256","period":60,"counter":null},
			{"otp_type":"hotp","account":"zoë","service":"Bücher & Co","secret":"` + secretB + `","digits":6,"algorithm":"sha512","period":null,"counter":41},
			{"otp_type":"steamtotp","account":"gabe","service":"Steam","secret":"` + secretB + `","digits":5,"algorithm":"sha1","period":30,"counter":null},
			{"otp_type":"steamtotp","account":"gabe","service":"Steam","secret":"` + secretB + `","digits":6,"algorithm":"sha256","period":40,"counter":null}]}`,
		entries: one(totp, hotp, guard, guard),
		warned:  []otp.WarningCode{transfer.ValueDefault},
	},
	{
		name: "2fauth otpauth", format: transfer.TwoFAuth,
		data:    `{"app":"2fauth_v5.4.3","datetime":"2024","data":[{"uri":"otpauth://totp/Acme:bob@example.org?issuer=Acme&secret=` + secretA + `&algorithm=sha256&digits=8&period=60"}]}`,
		entries: one(totp),
	},
	{
		name: "2fa", format: transfer.RSC2FA,
		data:    "bob 6 jbswy3dpehpk3pxpjbswy3dpehpk3pxp\nzoë 6 " + secretB + " 00000000000000000040\nnot a key\n",
		entries: one(named(easy, "", "bob"), named(account("otpauth://hotp/x?counter=41&secret="+secretB), "", "zoë")),
		skipped: []string{"3  it is not a name"},
	},
	{
		name: "totp-cli", format: transfer.TOTPCLI,
		data: "- name: Acme\n  accounts:\n  - name: bob@example.org\n    token: " + secretA + "\n    prefix: \"\"\n    algorithm: sha256\n    length: 8\n    timeperiod: 60\n" +
			"- name: 'it''s'\n  accounts:\n    - name: \"two\"\n      token: " + secretB + "\n      prefix: abc\n",
		entries: one(totp, named(account("otpauth://totp/x?secret="+secretB), "it's", "two")),
		warned:  []otp.WarningCode{transfer.PrefixIgnored},
	},
	{
		name: "duo", format: transfer.Duo,
		data: `[{"accountType":"OtpAccount","name":"bob","otpGenerator":{"otpSecret":"` + secretA + `"},"pkey":"1"},
			{"accountType":"OtpAccount","name":"zoë","otpGenerator":{"otpSecret":"` + secretB + `","counter":41},"pkey":"2"},
			{"accountType":"DuoAccount","name":"work","pkey":"3"}]`,
		entries: one(named(easy, "", "bob"), named(account("otpauth://hotp/x?counter=41&secret="+secretB), "", "zoë")),
		skipped: []string{"3 work a Duo push key: not supported"},
	},
	{
		name: "steam", format: transfer.SteamApp,
		data:    `{"shared_secret":"MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=","account_name":"gabe","identity_secret":"aHVudGVyMg=="}`,
		entries: one(guard),
	},
	{
		name: "authy", format: transfer.Authy, sealed: sealAuthy,
		data: `<map><string name="com.authy.storage.tokens.authenticator.key">[{&quot;digits&quot;:8,&quot;name&quot;:&quot;Acme: bob&quot;,&quot;decryptedSecret&quot;:&quot;` + secretA + `&quot;}]</string>
			<string name="com.authy.storage.tokens.authy.key">[{&quot;name&quot;:&quot;Twilio&quot;,&quot;digits&quot;:7,&quot;secretSeed&quot;:&quot;3132333435363738393031323334353637383930&quot;}]</string></map>`,
		entries: one(account("otpauth://totp/Acme:bob?digits=8&secret="+secretA), account("otpauth://totp/Authy:Twilio?digits=7&period=10&secret="+secretB)),
		warned:  []otp.WarningCode{transfer.Lossy},
	},
	{
		name: "battle-net", format: transfer.BattleNet,
		data: `<map><string name="com.blizzard.messenger.AUTHENTICATOR_DEVICE_SECRET">` + masked("3132333435363738393031323334353637383930") +
			`</string><string name="com.blizzard.messenger.AUTHENTICATOR_SERIAL">` + masked("EU-1") + `</string></map>`,
		entries: one(account("otpauth://totp/Battle.net:EU-1?digits=8&secret=" + secretB)),
	},
	{
		// Stratum writes & as it is and each URI beside its picture, others escape it or make it a link.
		name: "html", format: transfer.HTML,
		data: "<!doctype html>\n<html><table><tr><td>Acme</td><td><code>" + totp.URI() + "</code></td><td><img src=\"data:image/png;base64," + b64(drawn(totp.URI())) + "\"></td></tr>" +
			"<a href='" + strings.ReplaceAll(hotp.URI(), "&", "&amp;") + "'>" + strings.ReplaceAll(hotp.URI(), "&", "&amp;") + "</a> " +
			"<p>motp://box?secret=00ff</p> https://example.com</html>",
		entries: one(totp, hotp),
		skipped: []string{"3  a motp key: not supported"},
	},
	{
		// Aegis breaks base64 into lines; Raivo's pages begin with a picture that is no code.
		name: "html with pictures", format: transfer.HTML,
		data: "<html><head><title>Aegis</title></head><img src='data:image/png;base64," + b64(blank()) + "'/><td class='qr'><img src=\"data:image/png;base64," + inLines(b64(drawn(totp.URI()))) + "\"/></td>" +
			"<img src='data:image/png;base64," + b64(drawn(guard.URI())) + "' height=200 /></html>",
		entries: one(totp, guard),
		warned:  []otp.WarningCode{transfer.FilesIgnored},
	},
	{
		name: "authenticator-cc", format: transfer.Extension, sealed: sealExtension,
		data: `{
			"a":{"account":"bob@example.org","encrypted":false,"hash":"a","index":0,"issuer":"Acme::acme.example","type":"totp","secret":"` + secretA + `","period":60,"digits":8,"algorithm":"SHA256","pinned":true},
			"b":{"account":"zoë","encrypted":false,"hash":"b","index":1,"issuer":"Bücher & Co","type":"hhex","secret":"3132333435363738393031323334353637383930","counter":41,"algorithm":"SHA512"},
			"c":{"account":"gabe","encrypted":false,"hash":"c","index":2,"issuer":"Steam","type":"steam","secret":"stm-` + secretB + `"},
			"d":{"account":"EU-1","encrypted":false,"hash":"d","index":3,"issuer":"Battle.net","type":"battle","secret":"` + secretB + `"},
			"e":{"encrypted":false,"hash":"e","index":4,"issuer":"Odd","type":"hex","secret":"xyz"},
			"f":{"encrypted":false,"hash":"f","index":5,"issuer":"Number","type":2,"secret":"` + secretB + `"}}`,
		entries: []transfer.Entry{{Key: totp, Favorite: true}, {Key: hotp}, {Key: guard}, {Key: account("otpauth://totp/Battle.net:EU-1?digits=8&secret=" + secretB)}},
		skipped: []string{"5 Odd read secret: not an even number", "6 Number it is not the JSON of an account"},
	},
	{
		name: "keepass-xml", format: transfer.KeePassXML,
		data: `<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<KeePassFile><Meta><RecycleBinUUID>YmluYmluYmluYmluYmluYg==</RecycleBinUUID></Meta><Root><Group><UUID>cm9vdA==</UUID><Name>My keys</Name>
	<Entry><Tags>a;b</Tags><String><Key>Title</Key><Value>Acme</Value></String><String><Key>UserName</Key><Value>bob@example.org</Value></String>
		<String><Key>Password</Key><Value ProtectInMemory="True">hunter2</Value></String><String><Key>otp</Key><Value>` + strings.ReplaceAll(totp.URI(), "&", "&amp;") + `</Value></String>
		<String><Key>TimeOtp-Secret-Base32</Key><Value>` + secretA + `</Value></String><String><Key>TimeOtp-Length</Key><Value>8</Value></String>
		<String><Key>TimeOtp-Period</Key><Value>60</Value></String><String><Key>TimeOtp-Algorithm</Key><Value>HMAC-SHA-256</Value></String>
		<History><Entry><String><Key>Title</Key><Value>Old</Value></String><String><Key>otp</Key><Value>otpauth://totp/x?secret=AAAA</Value></String></Entry></History></Entry>
	<Group><UUID>d29yaw==</UUID><Name>Work</Name>
		<Entry><String><Key>Title</Key><Value>Bücher &amp; Co</Value></String><String><Key>UserName</Key><Value>zoë</Value></String>
			<String><Key>HmacOtp-Secret</Key><Value>12345678901234567890</Value></String><String><Key>HmacOtp-Counter</Key><Value>41</Value></String>
			<String><Key>HmacOtp-Algorithm</Key><Value>HMAC-SHA-512</Value></String></Entry>
		<Entry><String><Key>Title</Key><Value>broken</Value></String><String><Key>TimeOtp-Secret-Hex</Key><Value>xyz</Value></String></Entry>
		<Entry><String><Key>Title</Key><Value>none</Value></String></Entry></Group>
	<Group><UUID>YmluYmluYmluYmluYmluYg==</UUID><Name>Recycle Bin</Name><Group><UUID>x</UUID><Name>Games</Name>
		<Entry><String><Key>Title</Key><Value>Steam</Value></String><String><Key>UserName</Key><Value>gabe</Value></String>
			<String><Key>TOTP Seed</Key><Value>` + secretB + `</Value></String><String><Key>TOTP Settings</Key><Value>30;S</Value></String></Entry></Group></Group>
</Group></Root></KeePassFile>`,
		entries: []transfer.Entry{
			{Key: totp, Tags: []string{"a", "b"}}, {Key: hotp, Tags: []string{"Work"}}, {Key: guard, Tags: []string{"Recycle Bin/Games"}, Trashed: true},
		},
		skipped: []string{"3 broken its secret is not of the base"},
		warned:  []otp.WarningCode{transfer.ItemsWithoutKey, otp.AlgorithmSpelling},
	},
	{
		name: "authy of the server", format: transfer.Authy, sealed: sealAuthyServed,
		data: `{"message":"success","decrypted_authenticator_tokens":[
			{"account_type":"authenticator","name":"Acme: x","original_name":"Acme:bob@example.org","issuer":"Acme","digits":6,"decrypted_seed":"` + secretA + `","unique_id":"1"},
			{"account_type":"github","name":"GitHub: octo","original_name":null,"issuer":null,"digits":6,"decrypted_seed":"` + secretB + `","unique_id":"2"}],"success":true}`,
		entries: one(easy, account("otpauth://totp/GitHub:octo?secret="+secretB)),
		warned:  []otp.WarningCode{transfer.Lossy},
	},
	{
		name: "keepass", format: transfer.KeePass, sealed: sealKDBX,
		data: `<?xml version="1.0" encoding="utf-8"?><KeePassFile><Meta><RecycleBinUUID>AAAAAAAAAAAAAAAAAAAAAA==</RecycleBinUUID></Meta><Root><Group><UUID>AAAAAAAAAAAAAAAAAAAAAA==</UUID><Name>Root</Name>
			<Entry><String><Key>Title</Key><Value>Acme</Value></String><String><Key>UserName</Key><Value>bob@example.org</Value></String>
			<String><Key>Password</Key><Value Protected="True">hunter2</Value></String><String><Key>Empty</Key><Value Protected="True"/></String>
			<String><Key>otp</Key><Value Protected="True">` + totp.URI() + `</Value></String>
			<History><Entry><String><Key>otp</Key><Value Protected="True">otpauth://totp/old?secret=AAAA</Value></String></Entry></History></Entry>
			<Entry><String><Key>Title</Key><Value>Steam</Value></String>
			<String><Key>otp</Key><Value Protected="True">otpauth://totp/Steam:none?secret=` + secretB + `&period=30&digits=5&issuer=Steam&encoder=steam</Value></String></Entry>
			</Group></Root></KeePassFile>`,
		entries: one(totp, named(guard, "Steam", "")),
	},
	{
		name: "totp-authenticator", format: transfer.TOTPAuthenticator, sealed: sealTOTPAuthenticator,
		data: `<map><string name="STATIC_TOTP_CODES_LIST">[{"issuer":"Acme","name":"bob@example.org","key":"` + secretA + `","base":32,"digits":"8","period":"60","isFavorite":true},
			{"issuer":"","name":"h","key":"xyz","base":16},{"issuer":"Unknown","name":"bob","key":"` + secretA + `","base":32}]</string></map>`,
		entries: []transfer.Entry{{Key: sha1(totp), Favorite: true}, {Key: named(easy, "", "bob")}},
		skipped: []string{"2 h its secret is not of base 16"},
		warned:  []otp.WarningCode{transfer.Lossy},
	},
}

func named(k otp.Key, issuer, account string) otp.Key {
	k.Issuer, k.Account = issuer, account
	return k
}

// drawn is a text as the picture of a QR code.
func drawn(text string) []byte {
	var b bytes.Buffer
	_ = must(qr.Encode(text)).PNG(&b, 4)
	return b.Bytes()
}

// inLines breaks base64 as Android does.
func inLines(s string) string {
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%76 == 0 {
			b.WriteByte('\n')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func sha1(k otp.Key) otp.Key {
	k.Algorithm = otp.SHA1
	return k
}

func TestFixtures(t *testing.T) {
	for _, x := range fixtures {
		if x.name != "freeotp" && x.name != "keepass" { // which have no plain form
			t.Run(x.name, func(t *testing.T) { x.check(t, x.data, false) })
		}
		if x.sealed != nil {
			t.Run(x.name+" sealed", func(t *testing.T) { x.check(t, x.sealed(x.data), true) })
		}
	}
}

func (x fixture) check(t *testing.T, data string, sealed bool) {
	f, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{Password: say(password)})
	if err != nil {
		t.Fatal(err)
	}
	if f.Format != x.format || f.Encrypted != (sealed && x.format != transfer.OnePassword && x.format != transfer.ProtonPass) {
		t.Errorf("read as %s, encrypted %v", f.Format, f.Encrypted)
	}
	var warned []otp.WarningCode
	for _, w := range f.Warnings {
		if w.Code != transfer.WeakEncryption {
			warned = append(warned, w.Code)
		}
	}
	var got []transfer.Entry
	for _, e := range f.Entries {
		for _, w := range e.Warnings {
			if w.Code != otp.SecretSpelling { // apps keep what people typed
				warned = append(warned, w.Code)
			}
		}
		if e.Source.Format != x.format || e.Source.Index < 1 {
			t.Errorf("source %+v", e.Source)
		}
		e.Source, e.Warnings, e.Written = transfer.Source{}, nil, otp.Secret{}
		got = append(got, e)
	}
	if diff := cmp.Diff(x.entries, got); diff != "" {
		t.Errorf("entries: %s", diff)
	}
	if diff := cmp.Diff(x.warned, warned); diff != "" {
		t.Errorf("warnings: %s", diff)
	}
	if len(f.Skipped) != len(x.skipped) {
		t.Errorf("skipped: %+v", f.Skipped)
	}
	for i, s := range f.Skipped[:min(len(f.Skipped), len(x.skipped))] {
		if line := fmt.Sprintf("%d %s %s", s.Index, s.Name, s.Reason); !strings.HasPrefix(line, x.skipped[i]) {
			t.Errorf("skipped %q, want %q", line, x.skipped[i])
		}
	}
	if all := fmt.Sprintf("%+v", f); strings.Contains(all, "hunter") || strings.Contains(all, secretA) {
		t.Errorf("the report shows a secret: %s", all)
	}
}

func say(password string) func(context.Context, transfer.Format) (string, error) {
	return func(context.Context, transfer.Format) (string, error) { return password, nil }
}

// Formats with more than one encryption.
func TestOtherSeals(t *testing.T) {
	byName := map[string]fixture{}
	for _, x := range fixtures {
		byName[x.name] = x
	}
	for name, seal := range map[string]func(string) string{
		"bitwarden":        sealBitwardenArgon2,
		"stratum":          sealStratumLegacy,
		"raivo":            func(plain string) string { return zippedCrypto("raivo-otp-export.json", plain) },
		"authenticator-cc": sealExtensionOld,
		"keepass":          sealKDBX3,
		"ente":             func(plain string) string { return sealEnteTagged(plain, 0) }, // current apps write tag 0
	} {
		x := byName[name]
		t.Run(name, func(t *testing.T) {
			data := seal(x.data)
			x.check(t, data, true)
			_, err := transfer.Read(t.Context(), []byte(data), transfer.ReadOptions{Password: say("wrong")})
			if !errors.Is(err, transfer.ErrWrongPassword) {
				t.Errorf("with a wrong password: %v", err)
			}
		})
	}
}

// Every sealed fixture with a wrong password, without one, and with a bit changed.
func TestSealedFixturesStayShut(t *testing.T) {
	tells := map[transfer.Format]bool{ // that the content is damaged, not the password wrong
		transfer.Aegis: true, transfer.TwoFAS: true, transfer.Bitwarden: true, transfer.KeePass: true,
	}
	for _, x := range fixtures {
		if x.sealed == nil || x.format == transfer.OnePassword || x.format == transfer.ProtonPass {
			continue
		}
		t.Run(x.name, func(t *testing.T) {
			data := []byte(x.sealed(x.data))
			f, err := transfer.Read(t.Context(), data, transfer.ReadOptions{})
			if !errors.Is(err, transfer.ErrPasswordNeeded) || !f.Encrypted || f.Format == "" {
				t.Errorf("without a password: %v, %+v", err, f)
			}
			_, err = transfer.Read(t.Context(), data, transfer.ReadOptions{Password: say("wrong")})
			if !errors.Is(err, transfer.ErrWrongPassword) || errors.Is(err, transfer.ErrDamaged) {
				t.Errorf("with a wrong password: %v", err)
			}
			if damaged := damage(data, x.format); damaged != nil {
				_, err = transfer.Read(t.Context(), damaged, transfer.ReadOptions{Password: say(password)})
				want, not := transfer.ErrWrongPassword, transfer.ErrDamaged // which says that it may be either
				if tells[x.format] {
					want, not = not, want
				}
				if !errors.Is(err, want) || errors.Is(err, not) {
					t.Errorf("damaged: %v", err)
				}
			}
			no := errors.New("no terminal")
			_, err = transfer.Read(t.Context(), data, transfer.ReadOptions{
				Password: func(context.Context, transfer.Format) (string, error) { return "", no },
			})
			if !errors.Is(err, no) {
				t.Errorf("the error of Password is lost: %v", err)
			}
		})
	}
}

// damage changes a byte of the encrypted content, where the format has a MAC.
func damage(data []byte, format transfer.Format) []byte {
	at := len(data) / 2
	switch before, ok := map[transfer.Format]string{
		transfer.Aegis: `"db":"`, transfer.TwoFAS: `"servicesEncrypted":"`, transfer.Bitwarden: `"data":"2.`,
		transfer.Ente: `"encryptedData":"`, transfer.Proton: `"content":"`,
	}[format]; {
	case ok:
		at = strings.Index(string(data), before) + len(before) + 40
	case format != transfer.KeePass && format != transfer.AndOTP && format != transfer.Stratum && format != transfer.Raivo:
		return nil
	}
	damaged := append([]byte{}, data...)
	if damaged[at] == 'A' {
		damaged[at] = 'B'
	} else {
		damaged[at] = 'A'
	}
	return damaged
}
