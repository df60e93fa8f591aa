{{/* Alerts about pull secrets. Every replica exports the same series, so the worst of them counts. */}}
{{- define "ecrpass.alerts.operator" -}}
{{- $job := printf "%s-operator" (include "ecrpass.fullname" .) -}}
- alert: EcrPullSecretExpiresSoon
  expr: min by (namespace, secret, registry) (ecrpass_pull_secret_expiry_timestamp_seconds) - time() < {{ .Values.prometheusRule.expiresWithinSeconds }}
  for: 10m
  labels: {severity: warning}
  annotations:
    summary: {{ "The pull secret {{ $labels.namespace }}/{{ $labels.secret }} for {{ $labels.registry }} has {{ $value | humanizeDuration }} left" | quote }}
    description: It is renewed at half of its life. What keeps it from that is in ecrpass_pull_secret_failures_total and in the events of the secret.
- alert: EcrPullSecretExpired
  expr: min by (namespace, secret, registry) (ecrpass_pull_secret_expiry_timestamp_seconds) - time() < 600
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: {{ "The pull secret {{ $labels.namespace }}/{{ $labels.secret }} for {{ $labels.registry }} is over, or will be in minutes" | quote }}
    description: New pods of that namespace do not pull from there.
- alert: EcrPullSecretMissing
  expr: max by (state) (ecrpass_pull_secrets{state=~"missing|expired"}) > 0
  for: 10m
  labels: {severity: critical}
  annotations:
    summary: {{ "{{ $value }} pull secrets are {{ $labels.state }}" | quote }}
    description: Which ones says /readyz of the operator.
- alert: EcrPullSecretConflict
  expr: max(ecrpass_pull_secrets{state="conflict"}) > 0
  for: 30m
  labels: {severity: warning}
  annotations:
    summary: {{ "{{ $value }} pull secrets cannot be written: the name is taken, or the secret cannot be changed" | quote }}
    description: Events NameTaken and CannotChange name them.
- alert: EcrTokenRequestsFail
  expr: |-
    sum by (source, region) (increase(ecrpass_token_requests_total{result="error"}[1h])) > 3
    unless sum by (source, region) (increase(ecrpass_token_requests_total{result="success"}[1h])) > 0
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: {{ "AWS gives {{ $labels.source }} no token of ECR in {{ $labels.region }}" | quote }}
    description: What is there is kept until it expires. The cause is in ecrpass_pull_secret_failures_total.
- alert: EcrOperatorWithoutLeader
  expr: sum(ecrpass_leader) == 0
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: No replica of ecrpass-operator writes
    description: The lease can be seen with kubectl get lease.
- alert: EcrOperatorDegraded
  expr: max(ecrpass_degraded) > 0
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: ecrpass-operator lacks a right in the cluster
    description: Events Forbidden name verb, resource and namespace.
- alert: EcrOperatorAbsent
  expr: absent(up{job="{{ $job }}"} == 1)
  for: 15m
  labels: {severity: critical}
  annotations:
    summary: ecrpass-operator does not run
    description: Pull secrets expire within 12 hours.
{{- end }}

{{/* Alerts about pulls that are tried. */}}
{{- define "ecrpass.alerts.canary" -}}
{{- $job := printf "%s-canary" (include "ecrpass.fullname" .) -}}
- alert: EcrCanaryFails
  expr: |-
    (
      sum_over_time((ecrpass_canary_up == bool 0)[5m:1m]) >= 3
    )
    and ecrpass_canary_up == 0
  for: 1m
  labels: {severity: critical}
  annotations:
    summary: {{ "Pulling {{ $labels.target }} from {{ $labels.registry }} fails" | quote }}
    description: The cause is in ecrpass_canary_cause; ecrpass explain --id CAUSE says what to do.
- alert: EcrCanaryStale
  expr: time() - ecrpass_canary_last_run_timestamp_seconds > 2 * ecrpass_canary_interval_seconds
  for: 5m
  labels: {severity: warning}
  annotations:
    summary: {{ "{{ $labels.target }} of {{ $labels.registry }} has not been tried for {{ $value | humanizeDuration }}" | quote }}
    description: The canary is stopped, hangs, or has more targets than it can run on time; its /healthz says which.
- alert: EcrCanaryAbsent
  expr: absent(up{job="{{ $job }}"} == 1)
  for: 15m
  labels: {severity: warning}
  annotations:
    summary: The canary does not run
    description: Nobody sees when pulls begin to fail.
{{- end }}
