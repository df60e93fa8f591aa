{{/* The names of pull secrets, each once. */}}
{{- define "ecrpass.operator.secretNames" -}}
{{- $names := .Values.operator.rbac.secretNames -}}
{{- range .Values.operator.config.pull_secret }}{{- $names = append $names (required "operator.config.pull_secret[].name is missing" .name) }}{{- end -}}
{{- $names | uniq | sortAlpha | toJson }}
{{- end }}

{{/* The names of service accounts as they are written; a secret that names none is for `default`, one with an empty list for none. */}}
{{- define "ecrpass.operator.writtenAccounts" -}}
{{- $names := .Values.operator.rbac.serviceAccountNames -}}
{{- range .Values.operator.config.pull_secret }}{{- $names = concat $names (kindIs "invalid" .service_accounts | ternary (list "default") .service_accounts) }}{{- end -}}
{{- $names | toJson }}
{{- end }}

{{/* The names of service accounts; none where all are meant. */}}
{{- define "ecrpass.operator.accountNames" -}}
{{- $names := include "ecrpass.operator.writtenAccounts" . | fromJsonArray -}}
{{- $all := false -}}
{{- range $names }}{{- if contains "*" . }}{{- $all = true }}{{- end }}{{- end -}}
{{- if $all }}[]{{- else }}{{- $names | uniq | sortAlpha | toJson }}{{- end }}
{{- end }}

{{/* Whether any service account is changed at all. */}}
{{- define "ecrpass.operator.changesAccounts" -}}
{{- if include "ecrpass.operator.writtenAccounts" . | fromJsonArray }}yes{{- end }}
{{- end }}

{{/* The namespaces, where roles are for single ones. */}}
{{- define "ecrpass.operator.namespaces" -}}
{{- $names := .Values.operator.rbac.namespaces -}}
{{- range .Values.operator.config.pull_secret }}{{- $names = concat $names (.namespaces | default list) }}{{- end -}}
{{- range $names }}{{- if contains "*" . }}{{- fail (printf "operator.config: with scope \"namespaces\" each namespace is written out, and %q is a pattern" .) }}{{- end }}{{- end -}}
{{- if not $names }}{{- fail "operator.config: with scope \"namespaces\" name each namespace, in pull_secret or in operator.rbac.namespaces" }}{{- end -}}
{{- $names | uniq | sortAlpha | toJson }}
{{- end }}

{{/* What the operator may do with secrets and service accounts. */}}
{{- define "ecrpass.operator.rules" -}}
{{- $secrets := include "ecrpass.operator.secretNames" . | fromJsonArray -}}
{{- if not $secrets }}{{- fail "operator: name at least one pull secret, in operator.config.pull_secret or operator.rbac.secretNames" }}{{- end -}}
- apiGroups: [""]
  resources: [secrets]
  verbs: [create] # cannot be limited by name
- apiGroups: [""]
  resources: [secrets]
  resourceNames: {{ $secrets | toJson }}
  verbs: [get, list, watch, patch, delete]
{{- if include "ecrpass.operator.changesAccounts" . }}
- apiGroups: [""]
  resources: [serviceaccounts]
  {{- with include "ecrpass.operator.accountNames" . | fromJsonArray }}
  resourceNames: {{ . | toJson }}
  {{- end }}
  verbs: [get, list, watch, patch]
{{- end }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "ecrpass.operator.scope" -}}
{{- dig "scope" "cluster" .Values.operator.config }}
{{- end }}

{{- define "ecrpass.operator.configMap" -}}
{{- default (printf "%s-operator" (include "ecrpass.fullname" .)) .Values.operator.existingConfigMap }}
{{- end }}

{{/* A pod of the operator, for the deployment and for the cleanup: (list $ SERVICE-ACCOUNT CONFIGMAP). */}}
{{- define "ecrpass.operator.pod" -}}
{{- $ := index . 0 -}}
{{- $values := $.Values.operator -}}
serviceAccountName: {{ index . 1 }}
automountServiceAccountToken: true
enableServiceLinks: false
{{- with $.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $values.podSecurityContext | nindent 2 }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
nodeSelector:
  {{- toYaml (merge (dict) $values.nodeSelector (dict "kubernetes.io/os" "linux")) | nindent 2 }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: config
    configMap:
      name: {{ index . 2 }}
  {{- include "ecrpass.awsFilesVolume" $values | nindent 2 }}
  {{- with $values.extraVolumes }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* What every container of the operator has. */}}
{{- define "ecrpass.operator.container" -}}
{{- $values := .Values.operator -}}
image: {{ include "ecrpass.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - name: POD_NAME
    valueFrom:
      fieldRef: {fieldPath: metadata.name}
  - name: POD_NAMESPACE
    valueFrom:
      fieldRef: {fieldPath: metadata.namespace}
  {{- include "ecrpass.awsFilesEnv" $values | nindent 2 }}
  {{- with $values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $values.securityContext | nindent 2 }}
resources:
  {{- toYaml $values.resources | nindent 2 }}
volumeMounts:
  - name: config
    mountPath: /etc/ecrpass
    readOnly: true
  {{- include "ecrpass.awsFilesMount" $values | nindent 2 }}
  {{- with $values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}
