/**
 * Where webhooks may go. A webhook makes this server call an address that a caller chose, so addresses inside the
 * operator's own network are refused (design.md section 4): first by the URL as written, then, at every connection, by
 * the addresses its name resolves to (send.ts connects to the very addresses that were checked here).
 */
import ipaddr from 'ipaddr.js'

export interface TargetRules {
  /** Loopback addresses may be called: sandbox workspaces of a server that is itself bound to loopback. */
  allowLoopback: boolean
  /** Host names, addresses or CIDR ranges that may be called although they are private. */
  allowedHosts: readonly string[]
}

/** A URL that may be tried, or why not. */
export type TargetVerdict = { url: URL } | { refused: string }

/** Names that by definition stand for something inside (RFC 6761, 6762, 8375, and ICANN's reserved `internal`). */
const INSIDE_NAMES = ['local', 'localdomain', 'internal', 'home.arpa', 'intranet', 'lan']

const WHY: Record<string, string> = {
  private: 'is a private address',
  uniqueLocal: 'is a private address',
  loopback: 'is a loopback address',
  linkLocal: 'is a link-local address',
  carrierGradeNat: 'is a carrier-grade NAT address',
  multicast: 'is a multicast address',
  unspecified: 'is no address of a host',
  broadcast: 'is a broadcast address',
}

/** What the operator may allow by name; nothing makes multicast or unspecified addresses callable. */
const ALLOWABLE = new Set(['unicast', 'private', 'uniqueLocal', 'loopback', 'linkLocal', 'carrierGradeNat'])

const HINT = 'list it in LOCKSTITCH_ALLOWED_PRIVATE_HOSTS to let webhooks call it'

/** Judges a URL as written. A host name that passes is judged again by its addresses when it is called. */
export function checkTarget(text: string, rules: TargetRules): TargetVerdict {
  if (!URL.canParse(text)) return { refused: 'it is not an absolute URL' }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { refused: 'only http and https can be called' }
  const host = hostOf(url)
  if (host === '') return { refused: 'it names no host' }
  if (ipaddr.isValid(host)) {
    const refused = checkAddress(host, host, rules)
    return refused === null ? { url } : { refused }
  }
  if (isNamed(host, rules)) return { url }
  if (isBelow(host, 'localhost')) {
    return rules.allowLoopback ? { url } : { refused: `${host} is this machine itself; ${HINT}` }
  }
  if (INSIDE_NAMES.some((name) => isBelow(host, name))) {
    return { refused: `${host} is a name inside a private network; ${HINT}` }
  }
  return { url }
}

/**
 * Judges one address that `host` resolves to (for a URL with an address: that address). Answers null when it may be
 * called, else why not.
 */
export function checkAddress(address: string, host: string, rules: TargetRules): string | null {
  if (!ipaddr.isValid(address)) return `${host} has an address that cannot be read`
  const reached = reachedBy(ipaddr.parse(address))
  const range = rangeOf(reached)
  if (range === 'unicast') return null
  if (range === 'loopback' && rules.allowLoopback) return null
  if (ALLOWABLE.has(range) && (isNamed(host, rules) || isListed(reached, rules))) return null
  const subject = address === host ? host : `${host} leads to ${address}, which`
  const why = WHY[range] ?? 'is an address for special use'
  return ALLOWABLE.has(range) ? `${subject} ${why}; ${HINT}` : `${subject} ${why}`
}

/** The host as it is looked up: lower case, without brackets and final dots. */
export function hostOf(url: URL): string {
  return url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '')
    .toLowerCase()
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** The address that is reached in the end: IPv4 inside IPv6 (mapped, or behind the well-known NAT64 prefix) is unwrapped. */
function reachedBy(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  if (address.match(NAT64)) return new ipaddr.IPv4(address.toByteArray().slice(12))
  return address
}

function rangeOf(address: Address): string {
  const range = address.range()
  // What is unassigned or carries an IPv4 address in a way of its own (`::7f00:1`) is nobody's public address.
  if (address instanceof ipaddr.IPv6 && range === 'unicast' && !address.match(GLOBAL_UNICAST)) return 'reserved'
  return range
}

/** The operator's list names this very host. */
function isNamed(host: string, rules: TargetRules): boolean {
  return rules.allowedHosts.some(
    (entry) =>
      entry
        .replace(/^\[|\]$/g, '')
        .replace(/\.+$/, '')
        .toLowerCase() === host,
  )
}

/** The operator's list has this address, alone or in a range. */
function isListed(address: Address, rules: TargetRules): boolean {
  return rules.allowedHosts.some((entry) => {
    const text = entry.replace(/^\[|\]$/g, '')
    if (ipaddr.isValidCIDR(text)) {
      const [network, bits] = ipaddr.parseCIDR(text)
      return network.kind() === address.kind() && address.match(network, bits)
    }
    return ipaddr.isValid(text) && ipaddr.parse(text).toNormalizedString() === address.toNormalizedString()
  })
}

/** `host` is `name` or a name below it. */
function isBelow(host: string, name: string): boolean {
  return host === name || host.endsWith(`.${name}`)
}
