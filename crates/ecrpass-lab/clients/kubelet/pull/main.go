// A pod's pull as the kubelet does it, without the kubelet: its own image manager looks up the credentials of the pod's
// secrets, of the node's files and of the providers, and each is tried in turn through the CRI of a real runtime.
//
// kubelet-pull SOCKET IMAGE [SECRET…]: the CRI's socket, and the pod's imagePullSecrets as files with a v1.Secret in JSON. PLUGIN_CONFIG
// and PLUGIN_DIRECTORY are --image-credential-provider-config and --image-credential-provider-bin-dir. With RECORDS, a
// directory, the image is pulled only if it is not there or not for this pod, by the kubelet's records of earlier pulls.
// Prints one JSON object: each attempt, what came of them, and the events that kubectl describe would show.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace/noop"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/flowcontrol"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	cri "k8s.io/cri-client/pkg"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/credentialprovider/plugin"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/images"
	"k8s.io/kubernetes/pkg/kubelet/images/pullmanager"
)

// One try, with one of the credentials.
type attempt struct {
	// `secret NAMESPACE/NAME`, `node` for its files and providers, `nobody`.
	From  string `json:"from"`
	User  string `json:"user"`
	Error string `json:"error"`
}

type outcome struct {
	Attempts []attempt `json:"attempts"`
	// What the runtime calls the image; empty where it was not pulled.
	Image string `json:"image"`
	// The reason and the message of the container's state.
	Reason  string   `json:"reason"`
	Message string   `json:"message"`
	Events  []string `json:"events"`
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(socket, image string, paths []string) error {
	ctx := context.Background()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	// As the kubelet does at its start: its root directory, in a working directory without files.
	credentialprovider.SetPreferredDockercfgPath("/var/lib/kubelet")
	var secrets []v1.Secret
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var secret v1.Secret
		if err := json.Unmarshal(data, &secret); err != nil {
			return err
		}
		secrets = append(secrets, secret)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if config := os.Getenv("PLUGIN_CONFIG"); config != "" {
		if err := plugin.RegisterCredentialProviderPlugins(config, os.Getenv("PLUGIN_DIRECTORY"), nil, nil); err != nil {
			return err
		}
	}
	remote, err := cri.NewRemoteImageService(ctx, "unix://"+socket, 2*time.Minute, noop.NewTracerProvider(), false)
	if err != nil {
		return err
	}
	service := &imageService{remote: remote}
	policy := v1.PullAlways
	var manager pullmanager.ImagePullManager = &pullmanager.NoopImagePullManager{}
	if directory := os.Getenv("RECORDS"); directory != "" {
		policy = v1.PullIfNotPresent
		if manager, err = records(ctx, directory, service); err != nil {
			return err
		}
	}
	events := record.NewFakeRecorder(100)
	puller := images.NewImageManager(events, credentialprovider.NewDefaultDockerKeyring(), service, manager,
		flowcontrol.NewBackOff(time.Second, time.Minute), true, nil, 0, 0, recorder{})
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: types.UID("pod-uid")},
		Spec:       v1.PodSpec{ServiceAccountName: "default"},
	}
	sandbox := &runtimeapi.PodSandboxConfig{
		Metadata: &runtimeapi.PodSandboxMetadata{Namespace: pod.Namespace, Name: pod.Name, Uid: string(pod.UID)},
	}
	reference := &v1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name}
	var done outcome
	done.Image, done.Message, err = puller.EnsureImageExists(ctx, reference, pod, image, secrets, sandbox, "", policy)
	if err != nil {
		done.Reason = err.Error()
	}
	done.Attempts = append([]attempt{}, service.attempts...)
	close(events.Events)
	for event := range events.Events {
		done.Events = append(done.Events, event)
	}
	return json.NewEncoder(os.Stdout).Encode(done)
}

// The kubelet's records of which pod may use which image, with its default policy.
func records(ctx context.Context, directory string, service kubecontainer.ImageService) (pullmanager.ImagePullManager, error) {
	accessor, err := pullmanager.NewFSPullRecordsAccessor(klog.Background(), directory)
	if err != nil {
		return nil, err
	}
	policy, err := pullmanager.NewImagePullCredentialVerificationPolicy(kubeletconfig.NeverVerifyPreloadedImages, nil)
	if err != nil {
		return nil, err
	}
	return pullmanager.NewImagePullManager(ctx, accessor, policy, service, 1)
}

// The runtime's images, used as kuberuntime's manager uses them (pkg/kubelet/kuberuntime/kuberuntime_image.go, which is
// part of the whole runtime manager and cannot be had alone).
type imageService struct {
	kubecontainer.ImageService
	remote   internalapi.ImageManagerService
	attempts []attempt
}

func (s *imageService) PullImage(ctx context.Context, image kubecontainer.ImageSpec, credentials []credentialprovider.TrackedAuthConfig, sandbox *runtimeapi.PodSandboxConfig) (string, *credentialprovider.TrackedAuthConfig, error) {
	spec := &runtimeapi.ImageSpec{Image: image.Image, Annotations: map[string]string{}}
	if len(credentials) == 0 {
		reference, err := s.try(ctx, "nobody", spec, nil, sandbox)
		return reference, nil, err
	}
	var errors []error
	for _, current := range credentials {
		auth := &runtimeapi.AuthConfig{
			Username:      current.Username,
			Password:      current.Password,
			Auth:          current.Auth,
			ServerAddress: current.ServerAddress,
			IdentityToken: current.IdentityToken,
			RegistryToken: current.RegistryToken,
		}
		reference, err := s.try(ctx, from(current.Source), spec, auth, sandbox)
		if err == nil {
			return reference, &current, nil
		}
		errors = append(errors, err)
	}
	return "", nil, utilerrors.NewAggregate(errors)
}

func (s *imageService) try(ctx context.Context, from string, spec *runtimeapi.ImageSpec, auth *runtimeapi.AuthConfig, sandbox *runtimeapi.PodSandboxConfig) (string, error) {
	reference, err := s.remote.PullImage(ctx, spec, auth, sandbox)
	one := attempt{From: from, User: auth.GetUsername()}
	if err != nil {
		one.Error = err.Error()
	}
	s.attempts = append(s.attempts, one)
	return reference, err
}

func from(source *credentialprovider.CredentialSource) string {
	if source != nil && source.Secret != nil {
		return strings.Join([]string{"secret ", source.Secret.Namespace, "/", source.Secret.Name}, "")
	}
	return "node"
}

func (s *imageService) GetImageRef(ctx context.Context, image kubecontainer.ImageSpec) (string, error) {
	status, err := s.remote.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: image.Image}, false)
	if err != nil {
		return "", err
	}
	return status.GetImage().GetId(), nil
}

func (s *imageService) GetImageSize(ctx context.Context, image kubecontainer.ImageSpec) (uint64, error) {
	status, err := s.remote.ImageStatus(ctx, &runtimeapi.ImageSpec{Image: image.Image}, false)
	if err != nil {
		return 0, err
	}
	return status.GetImage().GetSize(), nil
}

func (s *imageService) ListImages(ctx context.Context) ([]kubecontainer.Image, error) {
	list, err := s.remote.ListImages(ctx, nil)
	if err != nil {
		return nil, err
	}
	var all []kubecontainer.Image
	for _, image := range list {
		all = append(all, kubecontainer.Image{ID: image.Id, RepoTags: image.RepoTags, RepoDigests: image.RepoDigests})
	}
	return all, nil
}

// Nobody asks how long it took.
type recorder struct{}

func (recorder) RecordImageStartedPulling(types.UID)  {}
func (recorder) RecordImageFinishedPulling(types.UID) {}
