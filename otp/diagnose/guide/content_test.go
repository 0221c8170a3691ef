package guide_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/authctl/authctl/otp/diagnose/guide"
)

// data is guide.json as a tree.
func data(t *testing.T) map[string]any {
	t.Helper()
	raw, err := os.ReadFile("guide.json")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

var placeholder = regexp.MustCompile(`\{[a-z0-9_]+\}`)

// TestLanguages: every text is there in every language, names the same values, and
// is written in that language.
func TestLanguages(t *testing.T) {
	languages := guide.Languages()
	texts := 0
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				walk(path, child)
			}
		case map[string]any:
			if id, ok := node["id"].(string); ok {
				path += " " + id
			}
			if _, ok := node["en"]; !ok {
				for key, child := range node {
					walk(path+" "+key, child)
				}
				return
			}
			texts++
			checkText(t, path, node, languages)
		}
	}
	walk("", data(t))
	if texts < 300 {
		t.Errorf("only %d texts were found", texts)
	}
}

func checkText(t *testing.T, path string, node map[string]any, languages []string) {
	t.Helper()
	if got := slices.Sorted(maps.Keys(node)); !slices.Equal(got, slices.Sorted(slices.Values(languages))) {
		t.Errorf("%s: languages %v, want %v", path, got, languages)
		return
	}
	names := func(lang string) []string {
		found := placeholder.FindAllString(node[lang].(string), -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	for _, lang := range languages {
		s := node[lang].(string)
		if strings.TrimSpace(s) == "" && !strings.HasSuffix(path, "space") {
			t.Errorf("%s: no text in %s", path, lang)
		}
		if !slices.Equal(names(lang), names("en")) {
			t.Errorf("%s: %s names %v, en %v", path, lang, names(lang), names("en"))
		}
		bare := placeholder.ReplaceAllString(s, "")
		if left := strings.ContainsAny(bare, "{}"); left {
			t.Errorf("%s: %s has a stray brace: %s", path, lang, s)
		}
		japanese := strings.ContainsFunc(bare, func(r rune) bool {
			return unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han)
		})
		if lang == "en" && japanese || lang == "ja" && !japanese && len(strings.TrimFunc(bare, notLetter)) > 6 {
			t.Errorf("%s: %s is in another language: %s", path, lang, s)
		}
	}
	if strings.Contains(node["en"].(string), "%") || strings.Contains(node["ja"].(string), "%") || strings.Contains(node["ja"].(string), "％") {
		t.Errorf("%s: a percentage, which nothing supports", path)
	}
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// TestServiceNumbersAreInTheProfile: texts name the numbers of a service, they do
// not hold them.
func TestServiceNumbersAreInTheProfile(t *testing.T) {
	number := regexp.MustCompile(`\b(15|24|48|72) ?(min|hour|h\b|分|時間)|[35] (tries|times|回)|XXXX|10 ?MB`)
	for _, s := range data(t)["steps"].([]any) {
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if found := number.Find(raw); found != nil {
			t.Errorf("%v: %s is a number of the service", s.(map[string]any)["id"], found)
		}
	}
}

// TestReferences: every id that the file names is there, a step depends only on
// steps before it, and jumps go forward.
func TestReferences(t *testing.T) {
	tree := data(t)
	position := map[string]int{}
	values := map[string][]string{}
	phases := []string{}
	for _, p := range tree["phases"].([]any) {
		phases = append(phases, p.(map[string]any)["id"].(string))
	}
	for i, s := range tree["steps"].([]any) {
		step := s.(map[string]any)
		id := step["id"].(string)
		if _, twice := position[id]; twice {
			t.Errorf("%s is there twice", id)
		}
		position[id] = i
		if notes, ok := step["notes"].(map[string]any); ok {
			values[id] = append(values[id], slices.Collect(maps.Keys(notes))...)
		}
		choices, _ := step["choices"].([]any)
		if choices == nil {
			choices, _ = tree["choices"].(map[string]any)[step["kind"].(string)].([]any)
		}
		for _, c := range choices {
			values[id] = append(values[id], c.(map[string]any)["value"].(string))
		}
	}
	values["code"] = slices.Collect(maps.Keys(tree["causes"].(map[string]any)))
	values["number"] = []string{"right-form", "wrong-form"}
	values["country"] = append(guide.Countries(), "OTHER")
	phase := 0
	for i, s := range tree["steps"].([]any) {
		step := s.(map[string]any)
		id := step["id"].(string)
		if p := slices.Index(phases, step["phase"].(string)); p < phase {
			t.Errorf("%s: phase %s comes too late", id, step["phase"])
		} else {
			phase = p
		}
		for _, field := range []string{"when", "unless"} {
			conditions, _ := step[field].(map[string]any)
			for other, want := range conditions {
				if at, ok := position[other]; !ok || at >= i {
					t.Errorf("%s: %s %s, which is no step before it", id, field, other)
				}
				for _, v := range want.([]any) {
					if !slices.Contains(values[other], v.(string)) {
						t.Errorf("%s: %s %s is %v, which it never is", id, field, other, v)
					}
				}
			}
		}
		choices, _ := step["choices"].([]any)
		for _, c := range choices {
			if next, ok := c.(map[string]any)["next"].(string); ok && position[next] <= i {
				t.Errorf("%s: next is %s, which is no later step", id, next)
			}
		}
		causes, _ := step["causes"].([]any)
		for _, c := range causes {
			if !slices.Contains(values["code"], c.(string)) {
				t.Errorf("%s: no cause is called %v", id, c)
			}
		}
	}
}
