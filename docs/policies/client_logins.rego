# No passwords in the configurations of docker and podman: a credential helper fetches them.
#
# Guides give the rule as `deny[msg] { input.auths[_].auth }`. That misses a password in `password`, the tokens of other
# registries and what lies in a pull secret; it blames a login that has long expired like one that works; and where the
# file is not called what the tool expects, it never runs. Here a live ECR login is an error, whatever form it is in, an
# expired one a warning, and other registries are left to rules of their own.
package main

import rego.v1

# The configurations a document holds: itself, or those in a pull secret. `ecrpass` is added by `ecrpass audit`: what is
# known of a login without its password.
configurations contains {"at": [], "value": input} if is_object(input.auths)

configurations contains {"at": ["data"], "value": value} if {
	some value in input.ecrpass.client_configurations
}

logins contains {"path": array.concat(configuration.at, ["auths", host]), "host": host, "known": entry.ecrpass} if {
	some configuration in configurations
	some host, entry in configuration.value.auths
	entry.ecrpass.is_ecr
}

deny_live_login contains {
	"msg": sprintf("a password for %s that works until %v lies in the file", [login.host, login.known.expires_at]),
	"path": login.path,
	"fix": "take it out, and set up the credential helper: ecrpass setup <host>",
	"details": {"registry": login.known.registry, "user": login.known.user},
} if {
	some login in logins
	login.known.is_live
}

warn_stored_login contains {
	"msg": sprintf("a login for %s lies in the file", [login.host]),
	"path": login.path,
} if {
	some login in logins
	not login.known.is_live
}

# Files that only serve tests may hold what no longer works: name them in `data.ecr.test_accounts`.
exception contains ["stored_login"] if {
	count(logins) > 0
	every login in logins {
		login.known.account in data.ecr.test_accounts
	}
}
