package guide

// country is what the table knows of the mobile numbers of a country.
type country struct {
	code     string   // ITU-T E.164 country code
	trunk    string   // dialled before a number inside the country, and dropped after the code
	min, max int      // digits of a mobile number after the code
	first    string   // with which of these digits it begins there
	exits    []string // dialled to call abroad
}

var exit00 = []string{"00"}

// countries has the most common ones, by ISO 3166-1 code, from their national
// numbering plans as filed with the ITU (E.164).
var countries = map[string]country{
	"AE": {"971", "0", 9, 9, "5", exit00},
	"AT": {"43", "0", 7, 13, "6", exit00},
	"AU": {"61", "0", 9, 9, "4", []string{"0011"}},
	"BE": {"32", "0", 9, 9, "4", exit00},
	"BR": {"55", "0", 11, 11, "123456789", exit00}, // two digits of the area first
	"CA": {"1", "", 10, 10, "23456789", []string{"011"}},
	"CH": {"41", "0", 9, 9, "7", exit00},
	"CN": {"86", "0", 11, 11, "1", exit00},
	"CZ": {"420", "", 9, 9, "679", exit00},
	"DE": {"49", "0", 10, 11, "1", exit00},
	"DK": {"45", "", 8, 8, "23456789", exit00},
	"EG": {"20", "0", 10, 10, "1", exit00},
	"ES": {"34", "", 9, 9, "67", exit00},
	"FI": {"358", "0", 7, 11, "45", []string{"00", "990", "994", "999"}},
	"FR": {"33", "0", 9, 9, "67", exit00},
	"GB": {"44", "0", 10, 10, "7", exit00},
	"HK": {"852", "", 8, 8, "456789", []string{"001"}},
	"ID": {"62", "0", 9, 12, "8", []string{"001", "007", "008"}},
	"IE": {"353", "0", 9, 9, "8", exit00},
	"IL": {"972", "0", 9, 9, "5", []string{"00", "012", "013", "014"}},
	"IN": {"91", "0", 10, 10, "6789", exit00},
	"IT": {"39", "", 9, 10, "3", exit00},
	"JP": {"81", "0", 10, 10, "6789", []string{"010", "00"}},
	"KR": {"82", "0", 9, 10, "1", []string{"001", "002", "005", "006", "008", "00"}},
	"MX": {"52", "01", 10, 10, "123456789", exit00},
	"MY": {"60", "0", 9, 10, "1", exit00},
	"NG": {"234", "0", 10, 10, "789", []string{"009"}},
	"NL": {"31", "0", 9, 9, "6", exit00},
	"NO": {"47", "", 8, 8, "49", exit00},
	"NZ": {"64", "0", 8, 10, "2", exit00},
	"PH": {"63", "0", 10, 10, "9", exit00},
	"PL": {"48", "", 9, 9, "45678", exit00},
	"PT": {"351", "", 9, 9, "9", exit00},
	"RU": {"7", "8", 10, 10, "9", []string{"810"}},
	"SA": {"966", "0", 9, 9, "5", exit00},
	"SE": {"46", "0", 9, 9, "7", exit00},
	"SG": {"65", "", 8, 8, "89", []string{"000", "001", "002", "008"}},
	"TH": {"66", "0", 9, 9, "689", []string{"001", "00"}},
	"TR": {"90", "0", 10, 10, "5", exit00},
	"TW": {"886", "0", 9, 9, "9", []string{"002", "00"}},
	"UA": {"380", "0", 9, 9, "35679", exit00},
	"US": {"1", "", 10, 10, "23456789", []string{"011"}},
	"VN": {"84", "0", 9, 9, "35789", exit00},
	"ZA": {"27", "0", 9, 9, "678", exit00},
}
