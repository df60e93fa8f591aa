// testcontainers-go's way to credentials: its own lookup, as its pull does it, handed to the docker daemon as its pull
// hands it over. The request itself is plain HTTP, because its client tries
// again for minutes.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/testcontainers/testcontainers-go"
)

func main() {
	if err := pull(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pull(ctx context.Context, image string) error {
	values := url.Values{"fromImage": {image}, "tag": {"absent"}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://docker/images/create?"+values.Encode(), nil)
	if err != nil {
		return err
	}
	// As DockerProvider.attemptToPullImage does: a failed lookup is logged, and the pull goes on without credentials.
	if _, found, err := testcontainers.DockerImageAuth(ctx, image+":absent"); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		encoded, err := json.Marshal(found)
		if err != nil {
			return err
		}
		request.Header.Set("X-Registry-Auth", base64.URLEncoding.EncodeToString(encoded))
	}
	socket := strings.TrimPrefix(os.Getenv("DOCKER_HOST"), "unix://")
	daemon := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	response, err := daemon.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}
