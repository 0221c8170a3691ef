package main

import (
	"cmp"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/authctl/authctl/otp"
	"github.com/authctl/authctl/otp/verifier/storetest/testserver"
)

func TestReadmeOnRedis(t *testing.T) {
	run(t, "REDIS_URL="+testserver.StartRedis(t).URL(), "login-redis")
}

func TestReadmeOnPostgres(t *testing.T) {
	run(t, "DATABASE_URL="+testserver.StartPostgres(t).URL(), "login-postgres")
}

// TestOneLine compares the programs: only the line of the store differs.
func TestOneLine(t *testing.T) {
	body := func(name string) (lines []string) {
		source, err := os.ReadFile("../" + name + "/main.go")
		if err != nil {
			t.Fatal(err)
		}
		_, main, _ := strings.Cut(string(source), "func main()")
		return strings.Split(main, "\n")
	}
	want := body("login")
	for _, name := range []string{"login-redis", "login-postgres"} {
		got, differ := body(name), 0
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				differ++
			}
		}
		if len(got) != len(want) || differ != 1 {
			t.Errorf("%s has %d lines, of which %d differ from login's %d: want one", name, len(got), differ, len(want))
		}
	}
}

// run starts the commands of README.md, on ports that are free, and has a code used
// on one instance refused on the other.
func run(t *testing.T, environment, login string) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	addresses := map[string]string{"localhost:8080": free(t)}
	var programs []*exec.Cmd
	for _, line := range regexp.MustCompile(`(?m)^    go run \./examples/(.*)$`).FindAllStringSubmatch(string(readme), -1) {
		args := strings.Fields(line[1])
		for i, arg := range args {
			if strings.HasPrefix(arg, "localhost:") {
				addresses[arg] = cmp.Or(addresses[arg], free(t))
				args[i] = addresses[arg]
			}
		}
		if args[0] == "cluster" {
			args = append([]string{"cluster", "-listen", addresses["localhost:8080"]}, args[1:]...)
		} else {
			args[0] = login
		}
		programs = append(programs, start(t, dir, environment, args))
	}
	for _, address := range addresses {
		answers(t, address)
	}

	b := newBrowser(t)
	proxy, one, other := "http://"+addresses["localhost:8080"], "http://"+addresses["localhost:8081"], "http://"+addresses["localhost:8082"]
	page := b.post(proxy+"/password", "user", "alice", "password", "correct horse")
	b.wants(page, "Two-factor login is off")
	page = b.post(proxy + "/enrol")
	found := regexp.MustCompile(`<code>([A-Z2-7]+)</code>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no secret on the page:\n%s", page)
	}
	key, _, err := otp.ParseURI("otpauth://totp/Example:alice?secret=" + found[1])
	if err != nil {
		t.Fatal(err)
	}
	codes, err := otp.Prepare(key)
	if err != nil {
		t.Fatal(err)
	}
	step := key.Step(time.Now())
	b.wants(b.post(proxy+"/confirm", "code", codes.Code(step)), "Keep these recovery codes")
	b.wants(b.post(proxy+"/kept"), "complete")

	code := codes.Code(step + 1) // the next one is within the window too
	b = newBrowser(t)
	b.post(one+"/password", "user", "alice", "password", "correct horse")
	b.wants(b.post(one+"/code", "code", code), "Hello, alice")
	b.wants(b.get(other+"/"), "Hello, alice") // the session holds on both
	thief := newBrowser(t)
	thief.post(other+"/password", "user", "alice", "password", "correct horse")
	thief.wants(thief.post(other+"/code", "code", code), "was not accepted")
	thief.wants(thief.post(one+"/code", "code", code), "was not accepted")

	_ = programs[0].Process.Kill()
	_ = programs[0].Wait()
	for range 4 {
		b.wants(b.get(proxy+"/"), "Hello, alice")
	}
	thief.wants(thief.post(proxy+"/code", "code", code), "was not accepted")
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "localhost:" + port
}

// start builds a program of examples/ and runs it in dir until the test ends.
func start(t *testing.T, dir, environment string, args []string) *exec.Cmd {
	t.Helper()
	program := filepath.Join(dir, args[0])
	if out, err := exec.Command("go", "build", "-o", program, "../"+args[0]).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), environment), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func answers(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("nothing answers at %s", address)
}

// browser keeps cookies, and sends secure ones to localhost as browsers do.
type browser struct {
	t      *testing.T
	client *http.Client
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar, Transport: local{}}}
}

type local struct{}

func (local) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		for i, c := range answer.Header["Set-Cookie"] {
			answer.Header["Set-Cookie"][i] = strings.Replace(c, "; Secure", "", 1)
		}
	}
	return answer, err
}

func (b *browser) post(to string, form ...string) string {
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return b.read(b.client.PostForm(to, values))
}

func (b *browser) get(from string) string { return b.read(b.client.Get(from)) }

func (b *browser) read(answer *http.Response, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(page)
}

func (b *browser) wants(page, text string) {
	b.t.Helper()
	if !strings.Contains(page, text) {
		b.t.Fatalf("the page lacks %q:\n%s", text, page)
	}
}
