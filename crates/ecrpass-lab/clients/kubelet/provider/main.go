// The kubelet's own credential provider plugins, without the kubelet: runs the providers of a configuration for pods that are
// described on standard input, one JSON object per line, and says for each what the kubelet would pull with.
//
// kubelet-provider CONFIG DIRECTORY: as --image-credential-provider-config and --image-credential-provider-bin-dir. All
// lines are looked up at once where TOGETHER is set, else one after the other. A second registration in one process is
// fatal, so a process has one configuration.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
)

// A pod that wants an image.
type pod struct {
	Image       string            `json:"image"`
	Namespace   string            `json:"namespace"`
	Account     string            `json:"account"`
	UID         string            `json:"uid"`
	Annotations map[string]string `json:"annotations"`
	Token       string            `json:"token"`
}

type login struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// What the kubelet would pull with, and what it would log.
type outcome struct {
	Logins       []login `json:"logins"`
	Log          string  `json:"log"`
	Milliseconds float64 `json:"milliseconds"`
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(config, directory string) error {
	pods, err := read()
	if err != nil {
		return err
	}
	log := &lines{}
	klog.LogToStderr(false)
	klog.SetOutput(log)
	accounts := map[string]pod{}
	for _, pod := range pods {
		accounts[pod.Namespace+"/"+pod.Account] = pod
	}
	token := func(namespace, name string, _ *authenticationv1.TokenRequest) (*authenticationv1.TokenRequest, error) {
		return &authenticationv1.TokenRequest{
			Status: authenticationv1.TokenRequestStatus{Token: accounts[namespace+"/"+name].Token},
		}, nil
	}
	account := func(namespace, name string) (*v1.ServiceAccount, error) {
		pod := accounts[namespace+"/"+name]
		return &v1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name, UID: types.UID(pod.UID), Annotations: pod.Annotations,
		}}, nil
	}
	if err := plugin.RegisterCredentialProviderPlugins(config, directory, token, account); err != nil {
		return err
	}
	outcomes := make([]outcome, len(pods))
	var group sync.WaitGroup
	for at, pod := range pods {
		group.Add(1)
		look := func() {
			defer group.Done()
			outcomes[at] = lookUp(pod)
		}
		if os.Getenv("TOGETHER") != "" {
			go look()
			continue
		}
		look()
		klog.Flush()
		outcomes[at].Log = log.take()
	}
	group.Wait()
	encoder := json.NewEncoder(os.Stdout)
	for _, outcome := range outcomes {
		if err := encoder.Encode(outcome); err != nil {
			return err
		}
	}
	return nil
}

func lookUp(pod pod) outcome {
	began := time.Now()
	keyring := plugin.NewExternalCredentialProviderDockerKeyring(pod.Namespace, "pod", "uid", pod.Account)
	found, _ := keyring.Lookup(pod.Image)
	outcome := outcome{Logins: []login{}, Milliseconds: float64(time.Since(began).Microseconds()) / 1000}
	for _, credentials := range found {
		outcome.Logins = append(outcome.Logins, login{credentials.Username, credentials.Password})
	}
	return outcome
}

func read() ([]pod, error) {
	var pods []pod
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var one pod
		if err := json.Unmarshal(scanner.Bytes(), &one); err != nil {
			return nil, err
		}
		pods = append(pods, one)
	}
	return pods, scanner.Err()
}

// What is logged, from whichever goroutine.
type lines struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (l *lines) Write(text []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buffer.Write(text)
}

func (l *lines) take() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	text := l.buffer.String()
	l.buffer.Reset()
	return text
}
