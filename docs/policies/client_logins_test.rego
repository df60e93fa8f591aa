package main

import rego.v1

registry_host := "123456789012.dkr.ecr.us-east-1.amazonaws.com"

known(is_live) := {
	"is_ecr": true, "registry": registry_host, "account": "123456789012", "region": "us-east-1", "user": "AWS",
	"expires_at": 1900000000, "is_live": is_live,
}

with_login(is_live) := {"auths": {registry_host: {"auth": "[redacted]", "ecrpass": known(is_live)}}}

test_a_live_login_is_denied if {
	results := deny_live_login with input as with_login(true)
	some result in results
	contains(result.msg, registry_host)
	result.path == ["auths", registry_host]
}

test_a_live_login_in_a_pull_secret_is_denied if {
	secret := {"kind": "Secret", "ecrpass": {"client_configurations": [with_login(true)]}}
	results := deny_live_login with input as secret
	some result in results
	result.path == ["data", "auths", registry_host]
}

test_an_expired_login_is_a_warning if {
	count(deny_live_login) == 0 with input as with_login(false)
	count(warn_stored_login) == 1 with input as with_login(false)
}

test_helpers_and_empty_entries_are_left_alone if {
	clean := {"auths": {registry_host: {}}, "credHelpers": {registry_host: "ecr-login"}}
	count(deny_live_login) == 0 with input as clean
	count(warn_stored_login) == 0 with input as clean
}

test_other_registries_are_left_alone if {
	other := {"auths": {"ghcr.io": {"auth": "[redacted]", "ecrpass": {"is_ecr": false, "user": "u"}}}}
	count(deny_live_login) == 0 with input as other
	count(warn_stored_login) == 0 with input as other
}

test_accounts_for_tests_are_excepted if {
	exception[["stored_login"]] with input as with_login(false)
		with data.ecr.test_accounts as ["123456789012"]
}
