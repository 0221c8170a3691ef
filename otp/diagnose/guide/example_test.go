package guide_test

import (
	"fmt"
	"time"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

// A person whose codes are refused has the time set to automatic, and is in.
func Example() {
	session, err := guide.New(guide.Options{Lang: "ja"})
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	answers := map[string]string{
		"status": "no", "told-to-wait": "no", "method": "app", "tries-used": "1", "device": "phone", "phone-clock": "fixed",
	}
	for {
		step, ok := session.Next()
		if !ok {
			break
		}
		answer, known := answers[step.ID]
		if !known {
			session.Skip(step.ID) // stays open
			continue
		}
		fmt.Println(step.Title)
		if err := session.Answer(step.ID, answer, now); err != nil {
			panic(err)
		}
	}
	report := session.Report()
	fmt.Println(report.Outcome, report.Summary)
	fmt.Println(report.Next.Title)
	// Output:
	// 障害のお知らせは出ていますか
	// X（旧Twitter）に「試行回数が多すぎます」と出ていますか
	// 何がうまくいきませんか
	// この15分に、コードは何回失敗しましたか
	// コードはどこに表示していますか
	// スマートフォンの時刻を自動設定にします
	// fixed 解決しました。
	// 二段階認証をいったん切り、入れ直します
}

func ExampleParsePhone() {
	n, err := guide.ParsePhone("JP", "080-1234-5678")
	fmt.Println(n.E164, n.Faults, err)
	n, err = guide.ParsePhone("JP", "+81 (0)80 1234 5678")
	fmt.Println(n.E164, n.Faults, err)
	_, err = guide.ParsePhone("JP", "080-1234-567")
	fmt.Println(err)
	// Output:
	// +818012345678 [no-country-code trunk-prefix] <nil>
	// +818012345678 [trunk-prefix] <nil>
	// read phone number: after +81 a mobile number has 10 digits, the first one of 6789; here are 9
}
