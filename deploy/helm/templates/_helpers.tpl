{{- define "sensors.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "sensors.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sensors.labels" -}}
{{ include "sensors.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "sensors.image" -}}
image: {{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- /* Of pods: the user of the image, who owns what he makes on the volume. */}}
{{- define "sensors.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "sensors.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- /* How libpq finds the database: a service file, which is read anew for each load. */}}
{{- define "sensors.env" -}}
- name: PGSERVICEFILE
  value: /etc/sensor-pipeline/database/pg_service.conf
- name: PGSERVICE
  value: sensors
- name: PGCONNECT_TIMEOUT
  value: "10"
{{- end }}

{{- /* KEY of the secret alone: who loads does not learn the owner's password. */}}
{{- define "sensors.database" -}}
- name: database
  secret:
    secretName: {{ .root.Values.database.existingSecret | default (printf "%s-database" (include "sensors.name" .root)) }}
    items:
      - key: {{ .key }}
        path: pg_service.conf
{{- end }}
