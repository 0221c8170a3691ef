package transfer

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp"
)

// twofasPeriods are the only ones that 2FAS on iOS knows; it takes any other for 30 seconds.
var twofasPeriods = []int{10, 30, 60, 90}

// twofasHolds reports what 2FAS refuses to import, or makes other codes for.
func twofasHolds(k otp.Key) *problem {
	switch n := len(k.Secret.Base32()); {
	case k.Digits > 8:
		return &problem{"digits", fmt.Sprintf("2FAS makes codes of up to 8 digits, not of %d", k.Digits)}
	case k.Type != otp.HOTP && !slices.Contains(twofasPeriods, k.Period):
		return &problem{"period", fmt.Sprintf("2FAS on iOS knows only 10, 30, 60 and 90 seconds, and takes %d for 30", k.Period)}
	case k.Counter > math.MaxInt32:
		return &problem{"counter", fmt.Sprintf("2FAS on Android does not read a file with a counter above %d", math.MaxInt32)}
	case n < 4 || n > 512:
		return &problem{"secret", fmt.Sprintf("2FAS on iOS takes secrets of 4 to 512 characters, not of %d", n)}
	}
	return noT0(k)
}

type twofasOut struct {
	Services       []twofasOutService `json:"services"`
	Groups         []twofasOutGroup   `json:"groups"`
	UpdatedAt      int64              `json:"updatedAt"`
	SchemaVersion  int                `json:"schemaVersion"`
	AppVersionCode int                `json:"appVersionCode"`
	AppVersionName string             `json:"appVersionName"`
	AppOrigin      string             `json:"appOrigin"`
}

type twofasOutService struct {
	Name      string         `json:"name"`
	Secret    string         `json:"secret"`
	UpdatedAt int64          `json:"updatedAt"`
	OTP       twofasOutOTP   `json:"otp"`
	GroupID   string         `json:"groupId,omitempty"`
	Order     map[string]int `json:"order"`
	Icon      twofasOutIcon  `json:"icon"` // without it iOS does not read the file
}

type twofasOutIcon struct {
	Selected       string            `json:"selected"`
	IconCollection map[string]string `json:"iconCollection"`
}

// twofasIcon is the icon of a service that the app does not know.
func twofasIcon() twofasOutIcon {
	return twofasOutIcon{"IconCollection", map[string]string{"id": "a5b3fb65-4ec5-43e6-8ec1-49e24ca9e7ad"}}
}

type twofasOutOTP struct {
	Label     string `json:"label"`
	Account   string `json:"account"`
	Issuer    string `json:"issuer,omitempty"`
	Digits    int    `json:"digits"`
	Period    int    `json:"period,omitempty"`
	Algorithm string `json:"algorithm"`
	Counter   *int64 `json:"counter,omitempty"`
	TokenType string `json:"tokenType"`
	Source    string `json:"source"`
}

type twofasOutGroup struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	IsExpanded bool   `json:"isExpanded"`
	UpdatedAt  int64  `json:"updatedAt"`
}

// writeTwofas writes schema 4. The app checks that its version is one that knows
// the schema.
func writeTwofas(o *Output, entries []Entry, opt WriteOptions) error {
	now := opt.Now().UnixMilli()
	file := twofasOut{
		Services: []twofasOutService{}, Groups: []twofasOutGroup{}, UpdatedAt: now,
		SchemaVersion: 4, AppVersionCode: 5000012, AppVersionName: "5.0.0", AppOrigin: "android",
	}
	groups := map[string]string{}
	for i, e := range entries {
		k := e.Key
		s := twofasOutService{Name: k.Issuer, Secret: k.Secret.Base32(), UpdatedAt: now, Order: map[string]int{"position": i}, Icon: twofasIcon()}
		s.OTP = twofasOutOTP{
			Label: k.Account, Account: k.Account, Issuer: k.Issuer, Digits: k.Digits, Period: k.Period,
			Algorithm: k.Algorithm.String(), TokenType: strings.ToUpper(k.Type.String()), Source: "Link",
		}
		if k.Type == otp.HOTP {
			s.OTP.Counter = &k.Counter
		}
		if len(e.Tags) > 0 {
			tag := e.Tags[0]
			if groups[tag] == "" {
				id, err := newUUID(opt.Rand)
				if err != nil {
					return err
				}
				groups[tag] = id
				file.Groups = append(file.Groups, twofasOutGroup{id, tag, true, now})
			}
			s.GroupID = groups[tag]
		}
		file.Services = append(file.Services, s)
	}
	var err error
	o.Data, err = json.Marshal(file)
	return err
}
