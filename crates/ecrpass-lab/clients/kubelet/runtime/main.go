// A container runtime for the real kubelet: its images are those of a real containerd, which really pulls; its pods are
// only written down, as no program of theirs is needed and not every machine can run one.
//
// kubelet-runtime SOCKET CONTAINERD LOG: listens on SOCKET, forwards images to the socket CONTAINERD, and appends to LOG one
// JSON object for each PullImage of the kubelet, with what came of it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-client/pkg/fake"
)

// A pull that the kubelet asked for.
type pull struct {
	Pod   string `json:"pod"`
	Image string `json:"image"`
	User  string `json:"user"`
	// Empty where it succeeded.
	Error string `json:"error"`
}

type server struct {
	*fake.RemoteRuntime
	images runtimeapi.ImageServiceClient
	mutex  sync.Mutex
	log    *os.File
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(socket, containerd, path string) error {
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	connection, err := grpc.NewClient("unix://"+containerd, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	pods := fake.NewFakeRemoteRuntime()
	pods.RuntimeService.FakeStatus = &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{
		{Type: runtimeapi.RuntimeReady, Status: true},
		{Type: runtimeapi.NetworkReady, Status: true},
	}}
	pods.RuntimeService.FakeLinuxConfiguration = &runtimeapi.LinuxRuntimeConfiguration{
		CgroupDriver: runtimeapi.CgroupDriver_CGROUPFS,
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	service := &server{RemoteRuntime: pods, images: runtimeapi.NewImageServiceClient(connection), log: log}
	serving := grpc.NewServer()
	runtimeapi.RegisterRuntimeServiceServer(serving, service)
	runtimeapi.RegisterImageServiceServer(serving, service)
	return serving.Serve(listener)
}

func (s *server) PullImage(ctx context.Context, request *runtimeapi.PullImageRequest) (*runtimeapi.PullImageResponse, error) {
	response, err := s.images.PullImage(ctx, request)
	metadata := request.GetSandboxConfig().GetMetadata()
	one := pull{
		Pod:   metadata.GetNamespace() + "/" + metadata.GetName(),
		Image: request.GetImage().GetImage(),
		User:  request.GetAuth().GetUsername(),
	}
	if err != nil {
		one.Error = err.Error()
	}
	line, encoding := json.Marshal(one)
	if encoding != nil {
		return nil, encoding
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if _, writing := s.log.Write(append(line, '\n')); writing != nil {
		return nil, writing
	}
	return response, err
}

func (s *server) ImageStatus(ctx context.Context, request *runtimeapi.ImageStatusRequest) (*runtimeapi.ImageStatusResponse, error) {
	return s.images.ImageStatus(ctx, request)
}

func (s *server) ListImages(ctx context.Context, request *runtimeapi.ListImagesRequest) (*runtimeapi.ListImagesResponse, error) {
	return s.images.ListImages(ctx, request)
}

func (s *server) RemoveImage(ctx context.Context, request *runtimeapi.RemoveImageRequest) (*runtimeapi.RemoveImageResponse, error) {
	return s.images.RemoveImage(ctx, request)
}

func (s *server) ImageFsInfo(ctx context.Context, request *runtimeapi.ImageFsInfoRequest) (*runtimeapi.ImageFsInfoResponse, error) {
	return s.images.ImageFsInfo(ctx, request)
}
