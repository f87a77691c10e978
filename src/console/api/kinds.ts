/** Which kinds of resource an operation's answer depends on: a live change of one of them fetches the answer again. */

/** The start of the path -> kinds. The first that fits counts; `*` = every change. */
const KINDS_OF_PATH: readonly (readonly [string, readonly string[]])[] = [
  ['/access_grants/', ['access_grant', 'access_method']],
  ['/access_methods/', ['access_method', 'access_grant', 'acs_credential']],
  ['/acs/access_groups/', ['acs_access_group', 'acs_user', 'acs_entrance']],
  ['/acs/credentials/', ['acs_credential', 'access_method', 'acs_access_group']],
  ['/acs/encoders/', ['acs_encoder', 'acs_system']],
  ['/acs/entrances/', ['acs_entrance', 'acs_access_group', 'acs_credential', 'space']],
  ['/acs/systems/', ['acs_system', 'connected_account']],
  ['/acs/users/', ['acs_user', 'acs_access_group', 'acs_credential']],
  ['/action_attempts/', ['action_attempt']],
  ['/client_sessions/', ['client_session']],
  ['/connect_webviews/', ['connect_webview', 'connected_account']],
  ['/connected_accounts/', ['connected_account', 'acs_system']],
  ['/devices/', ['device', 'connected_account']],
  ['/events/', ['*']],
  ['/instant_keys/', ['instant_key', 'client_session']],
  ['/locks/', ['device']],
  ['/phones/', ['phone', 'device']],
  ['/sandbox/', ['*']],
  ['/spaces/', ['space', 'acs_entrance']],
  ['/user_identities/', ['user_identity', 'acs_user']],
  ['/webhooks/', ['webhook', 'webhook_delivery']],
  ['/workspaces/', ['workspace']],
  // Accounts, team and keys change through this console alone, which says so itself.
  ['/console/team/', ['team_member']],
  ['/console/api_keys/', ['api_key']],
  ['/console/personal_access_tokens/', ['personal_access_token']],
  ['/console/sessions/', ['console_session']],
  ['/console/users/', ['console_user']],
]

export function kindsOf(path: string): readonly string[] {
  return KINDS_OF_PATH.find(([start]) => path.startsWith(start))?.[1] ?? ['*']
}

/** Whether what was read from `path` may look different once something of `changed` has changed. */
export function isTouched(path: string, changed: ReadonlySet<string>): boolean {
  return kindsOf(path).some((kind) => kind === '*' || changed.has(kind))
}
