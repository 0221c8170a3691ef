package verifier_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecretsAreComparedInConstantTime is class 11 of doc/security.md: no code,
// hash or token is compared with an operator or a function that stops early.
// That every candidate is evaluated is what otp.Generator.Match promises and tests.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	secret := regexp.MustCompile(`(?i)^(code|input|token|hash|hashes|plain|shown)$`)
	is := func(e ast.Expr) bool {
		switch x := e.(type) {
		case *ast.Ident:
			return secret.MatchString(x.Name)
		case *ast.SelectorExpr:
			return secret.MatchString(x.Sel.Name)
		}
		return false
	}
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, 0)
		must(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.BinaryExpr:
				empty, _ := x.Y.(*ast.BasicLit)
				if (x.Op == token.EQL || x.Op == token.NEQ) && (is(x.X) || is(x.Y)) && (empty == nil || empty.Value != `""`) {
					t.Errorf("%s: a secret is compared with %s", fset.Position(x.Pos()), x.Op)
				}
			case *ast.CallExpr:
				call, ok := x.Fun.(*ast.SelectorExpr)
				if !ok || call.Sel.Name != "Equal" && call.Sel.Name != "Compare" && call.Sel.Name != "EqualFold" {
					return true
				}
				for _, arg := range x.Args {
					if is(arg) {
						t.Errorf("%s: a secret is compared with %s", fset.Position(x.Pos()), call.Sel.Name)
					}
				}
			}
			return true
		})
	}
}
