// The kubelet's way to credentials, without the kubelet: its own keyring and its own credential provider plugins look
// for them, and what they find is sent to the registry in the order in which the kubelet tries it.
//
// kubelet IMAGE: the node's files. SECRET names a pull secret's .dockerconfigjson; PLUGIN_CONFIG and PLUGIN_DIRECTORY
// are the kubelet's --image-credential-provider-config and --image-credential-provider-bin-dir.
package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
	"k8s.io/kubernetes/pkg/credentialprovider/secrets"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(image string) error {
	// As the kubelet does at its start: its root directory, in a working directory without files.
	credentialprovider.SetPreferredDockercfgPath("/var/lib/kubelet")
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if config := os.Getenv("PLUGIN_CONFIG"); config != "" {
		err := plugin.RegisterCredentialProviderPlugins(config, os.Getenv("PLUGIN_DIRECTORY"), nil, nil)
		if err != nil {
			return err
		}
	}
	nodes := plugin.NewExternalCredentialProviderDockerKeyring("default", "pod", "uid", "default")
	keyring := credentialprovider.DockerKeyring(credentialprovider.UnionDockerKeyring{
		credentialprovider.NewDefaultDockerKeyring(), nodes,
	})
	if path := os.Getenv("SECRET"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		secret := v1.Secret{
			Type: v1.SecretTypeDockerConfigJson,
			Data: map[string][]byte{v1.DockerConfigJsonKey: data},
		}
		keyring, err = secrets.MakeDockerKeyring([]v1.Secret{secret}, keyring)
		if err != nil {
			return err
		}
	}
	host, repository, _ := strings.Cut(image, "/")
	found, _ := keyring.Lookup(image)
	if len(found) == 0 {
		return get(host, repository, "", "")
	}
	for _, credentials := range found {
		if err := get(host, repository, credentials.Username, credentials.Password); err != nil {
			return err
		}
	}
	return nil
}

func get(host, repository, user, password string) error {
	request, err := http.NewRequest(http.MethodGet, "https://"+host+"/v2/"+repository+"/manifests/absent", nil)
	if err != nil {
		return err
	}
	// containerd sends neither half alone.
	if user != "" && password != "" {
		request.SetBasicAuth(user, password)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	fmt.Printf("%q: %s\n", user, response.Status)
	return response.Body.Close()
}
