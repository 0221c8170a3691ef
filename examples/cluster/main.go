// Cluster is a small reverse proxy that gives each request to the next of several
// instances in turn, so that no browser stays with one. README.md shows it before
// two logins that share a store.
package main

import (
	"flag"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
)

func main() {
	listen := flag.String("listen", "localhost:8080", "address to serve")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("name the instances: cluster localhost:8081 localhost:8082")
	}
	log.Printf("open http://%s", *listen)
	log.Fatal(http.ListenAndServe(*listen, inTurn(flag.Args())))
}

// inTurn is the proxy before the instances at these addresses.
func inTurn(instances []string) http.Handler {
	var requests atomic.Uint64
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		next := instances[requests.Add(1)%uint64(len(instances))]
		r.SetURL(&url.URL{Scheme: "http", Host: next})
		r.Out.Host = r.In.Host // the forms are the proxy's
		r.SetXForwarded()
	}}
}
