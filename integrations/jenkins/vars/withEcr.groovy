/**
 * Runs a block in which docker and its relatives get the passwords of registries in Amazon ECR from the credential helper.
 * There is no login, and nothing is left behind.
 *
 *   withEcr(registries: ['123456789012.dkr.ecr.us-east-1.amazonaws.com'], role: 'arn:aws:iam::123456789012:role/ecr-push') {
 *     sh 'docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1'
 *   }
 *
 * The role trusts the tokens of the plugin OpenID Connect Provider; `credential` is one of its kind "OpenID Connect id token
 * as file". Without `role` the agent's own is used. The agent has docker-credential-ecr-login on its PATH.
 */
def call(Map settings, Closure body) {
  List registries = (settings.registries ?: []) as List
  if (registries.isEmpty()) {
    error 'withEcr: name the registries: [registries: [\'123456789012.dkr.ecr.us-east-1.amazonaws.com\']]'
  }
  for (String host : registries) {
    if (!(host ==~ /[a-z0-9.-]+/)) {
      error 'withEcr: a registry is a host alone, without scheme and path'
    }
  }
  String members = registries.collect { host -> "\"${host}\": \"ecr-login\"" }.join(', ')
  String directory = "${env.WORKSPACE_TMP}/.docker-${UUID.randomUUID()}"
  List variables = ["DOCKER_CONFIG=${directory}", "AWS_ECR_CACHE_DIR=${directory}/ecr", "ECR_MEMBERS=${members}"]
  if (settings.role) {
    variables += ["AWS_ROLE_ARN=${settings.role}", 'AWS_ROLE_SESSION_NAME=jenkins']
  }
  if (settings.region) {
    variables += ["AWS_REGION=${settings.region}"]
  }
  Closure work = {
    withEnv(variables) {
      try {
        sh '''
          command -v docker-credential-ecr-login > /dev/null
          mkdir -p "$DOCKER_CONFIG"
          chmod 700 "$DOCKER_CONFIG"
          printf '{"credHelpers": {%s}}' "$ECR_MEMBERS" > "$DOCKER_CONFIG/config.json"
        '''
        body()
      } finally {
        sh 'rm -rf "$DOCKER_CONFIG"'
      }
    }
  }
  if (!settings.role) {
    return work()
  }
  String credential = settings.credential ?: 'aws-oidc-token'
  withCredentials([file(credentialsId: credential, variable: 'AWS_WEB_IDENTITY_TOKEN_FILE')]) {
    work()
  }
}
