// Cluster is a small reverse proxy that gives each request to the next of several
// instances in turn, so that no browser stays with one, and passes over those that are
// down. README.md shows it before two logins that share a store.
package main

import (
	"context"
	"flag"
	"log"
	"net"
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
	var connections atomic.Uint64
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: "instances"})
			r.Out.Host = r.In.Host // the forms are the proxy's
			r.SetXForwarded()
		},
		Transport: &http.Transport{
			DisableKeepAlives: true, // a connection for each request
			DialContext: func(ctx context.Context, network, _ string) (c net.Conn, err error) {
				first := connections.Add(1)
				for i := range uint64(len(instances)) {
					c, err = (&net.Dialer{}).DialContext(ctx, network, instances[(first+i)%uint64(len(instances))])
					if err == nil { // else nothing was sent: the next one may have it
						return c, nil
					}
				}
				return nil, err
			},
		},
	}
}
