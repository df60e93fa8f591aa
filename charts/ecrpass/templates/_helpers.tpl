{{/* The chart's name in the names of objects. */}}
{{- define "ecrpass.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What every name begins with. */}}
{{- define "ecrpass.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{- $name := include "ecrpass.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "ecrpass.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/* Name, namespace, labels and annotations of an object: (list $ COMPONENT NAME [ANNOTATIONS [cluster]]). */}}
{{- define "ecrpass.metadata" -}}
{{- $ := index . 0 -}}
{{- $annotations := $.Values.commonAnnotations -}}
{{- if gt (len .) 3 }}{{- $annotations = merge (dict) (index . 3) $annotations }}{{- end -}}
name: {{ index . 2 }}
{{- if lt (len .) 5 }}
namespace: {{ include "ecrpass.namespace" $ }}
{{- end }}
labels:
  {{- include "ecrpass.labels" (list $ (index . 1)) | nindent 2 }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "ecrpass.labels" -}}
{{- $ := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" | trunc 63 }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
app.kubernetes.io/part-of: ecrpass
{{ include "ecrpass.selector" . }}
{{- with $.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "ecrpass.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ include "ecrpass.name" $ }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Labels and annotations of pods: (list $ COMPONENT VALUES [TEXT-WHOSE-CHANGE-RESTARTS]). */}}
{{- define "ecrpass.podMetadata" -}}
{{- $ := index . 0 -}}
{{- $values := index . 2 -}}
labels:
  {{- include "ecrpass.labels" (list $ (index . 1)) | nindent 2 }}
  {{- with $values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- $annotations := merge (dict) $values.podAnnotations $.Values.commonAnnotations -}}
{{- if gt (len .) 3 }}
{{- $annotations = merge $annotations (dict "checksum/config" (index . 3 | sha256sum)) -}}
{{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "ecrpass.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end }}
{{- end }}
{{- end }}

{{/* The name of a component's service account: (list $ COMPONENT VALUES). */}}
{{- define "ecrpass.serviceAccountName" -}}
{{- $account := (index . 2).serviceAccount -}}
{{- if $account.create -}}
{{- default (printf "%s-%s" (include "ecrpass.fullname" (index . 0)) (index . 1)) $account.name }}
{{- else -}}
{{- default "default" $account.name }}
{{- end }}
{{- end }}

{{/* AWS's files from a secret: variables, mount, volume. */}}
{{- define "ecrpass.awsFilesEnv" -}}
{{- if .awsFilesSecret }}
- name: AWS_CONFIG_FILE
  value: /etc/aws/config
- name: AWS_SHARED_CREDENTIALS_FILE
  value: /etc/aws/credentials
{{- end }}
{{- end }}

{{- define "ecrpass.awsFilesMount" -}}
{{- if .awsFilesSecret }}
- name: aws
  mountPath: /etc/aws
  readOnly: true
{{- end }}
{{- end }}

{{- define "ecrpass.awsFilesVolume" -}}
{{- if .awsFilesSecret }}
- name: aws
  secret:
    secretName: {{ .awsFilesSecret }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{/* Prometheus' own annotations, where nothing else tells it. */}}
{{- define "ecrpass.scrape" -}}
{{- if not (index . 0).Values.serviceMonitor.enabled -}}
prometheus.io/scrape: "true"
prometheus.io/port: {{ index . 1 | quote }}
prometheus.io/path: /metrics
{{- end }}
{{- end }}
