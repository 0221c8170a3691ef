module github.com/authctl/authctl

go 1.26
