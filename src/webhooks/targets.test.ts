import { describe, expect, test } from 'vitest'
import { checkAddress, checkTarget, type TargetRules } from './targets.ts'

const strict: TargetRules = { allowLoopback: false, allowedHosts: [] }
const sandbox: TargetRules = { allowLoopback: true, allowedHosts: [] }
const allowing = (...allowedHosts: string[]): TargetRules => ({ allowLoopback: false, allowedHosts })

const isAllowed = (url: string, rules: TargetRules) => 'url' in checkTarget(url, rules)

/** The loopback address in the disguises that URL parsers, resolvers and languages see through differently. */
const loopback = [
  'http://127.0.0.1/',
  'http://127.0.0.1:5432/',
  'https://127.0.0.1/hook',
  'http://127.255.255.254/',
  'http://127.1/',
  'http://127.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0X7F.1/',
  'http://0x7f.0x0.0x0.0x1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://127.0.0.1./',
  'http://%31%32%37.0.0.1/',
  'http://①②⑦.⓪.⓪.①/',
  'http://127。0。0。1/',
  'http:\\\\127.0.0.1\\',
  'http:/127.0.0.1/',
  'http:127.0.0.1/',
  'http://user:secret@127.0.0.1/',
  'http://example.com@127.0.0.1/',
  'http://127.0.0.1#@example.com/',
  'http://127.0.0.1?@example.com/',
  'http://1\t27.0.0.1/',
  'http://localhost/',
  'http://LOCALHOST:8080/',
  'http://localhost./',
  'http://localhost../',
  'http://receiver.localhost/',
  'http://ⓛocalhost/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::127.0.0.1]/',
]

const inside = [
  'http://10.0.0.1/',
  'http://10.255.255.255/',
  'http://0xa000001/',
  'http://167772161/',
  'http://012.0.0.1/',
  'http://10.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.0.1/',
  'http://192.168.257/',
  'http://0xc0a80001/',
  'http://100.64.0.1/',
  'http://100.127.255.254/',
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://[::ffff:10.0.0.1]/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[fc00::1]/',
  'http://[fd12:3456:789a::1]/',
  'http://[fe80::1]/',
  'http://printer.local/',
  'http://printer.local./',
  'http://PRINTER.LOCAL:9100/',
  'http://local/',
  'http://metadata.google.internal/',
  'http://router.home.arpa/',
  'http://nas.lan/',
]

/** Nothing makes these callable. */
const never = [
  'http://0/',
  'http://0.0.0.0/',
  'http://0.1.2.3/',
  'http://[::]/',
  'http://255.255.255.255/',
  'http://224.0.0.1/',
  'http://239.255.255.250:1900/',
  'http://240.0.0.1/',
  'http://192.0.0.1/',
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://198.51.100.7/',
  'http://203.0.113.7/',
  'http://[ff02::1]/',
  'http://[::127.0.0.1]/',
  'http://[::10.0.0.1]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[::ffff:0.0.0.0]/',
  'http://[64:ff9b:1::1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:7f00:1::]/',
  'http://[2001:db8::1]/',
  'http://[fec0::1]/',
  'http://[100::1]/',
  'http://[5f00::1]/',
  'http://[4000::1]/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_INFO',
  'javascript:alert(1)',
  'data:text/plain,hello',
  'ws://example.com/',
  '//example.com/hook',
  '/hook',
  'example.com',
  'http://',
  'http://256.256.256.256/',
  'http://1.2.3.4.5/',
  'http://0x100000000/',
  'http://exa mple.com/',
  'http://[::1',
  '',
]

const outside = [
  'https://example.com/webhooks',
  'http://example.com:8080/webhooks?key=1',
  'https://user:secret@example.com/',
  'https://8.8.8.8/',
  'https://172.32.0.1/',
  'https://100.128.0.1/',
  'https://[2606:4700::1111]/',
  'https://[::ffff:8.8.8.8]/',
  'https://local.example.com/',
  'https://localhost.example.com/',
  'https://mylocal/',
  'https://10.example.com/',
  'https://bücher.example/',
]

test('the tables are long enough to mean something', () => {
  expect(loopback.length + inside.length + never.length).toBeGreaterThanOrEqual(60)
})

describe('a workspace that is no sandbox', () => {
  test.each([...loopback, ...inside, ...never])('refuses %j', (url) => {
    const verdict = checkTarget(url, strict)
    expect(verdict).toHaveProperty('refused')
  })
  test.each(outside)('may call %j', (url) => expect(isAllowed(url, strict)).toBe(true))
})

describe('a sandbox on a server bound to loopback', () => {
  test.each([...loopback, ...outside])('may call %j', (url) => expect(isAllowed(url, sandbox)).toBe(true))
  test.each([...inside, ...never])('refuses %j', (url) => expect(isAllowed(url, sandbox)).toBe(false))
})

describe('hosts that the operator allows', () => {
  test.each([
    ['http://10.0.0.1/', '10.0.0.1'],
    ['http://10.1/', '10.0.0.1'],
    ['http://10.9.8.7/', '10.0.0.0/8'],
    ['http://[fd00::7]/', '[fd00::7]'],
    ['http://[fd00::7]/', 'fd00:0:0::7'],
    ['http://[fd00::7]/', 'fd00::/8'],
    ['http://[::ffff:10.0.0.1]/', '10.0.0.0/8'],
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://localhost/', 'localhost'],
    ['http://Receiver.Local/', 'receiver.local'],
    ['http://receiver.local./', 'receiver.local'],
  ])('%j is allowed by %j', (url, entry) => expect(isAllowed(url, allowing(entry))).toBe(true))

  test.each([
    ['http://10.0.0.2/', '10.0.0.1'],
    ['http://192.168.0.1/', '10.0.0.0/8'],
    ['http://other.local/', 'receiver.local'],
    ['http://sub.receiver.local/', 'receiver.local'],
    ['http://10.0.0.1/', 'fd00::/8'],
  ])('%j is not allowed by %j', (url, entry) => expect(isAllowed(url, allowing(entry))).toBe(false))

  test.each(['http://0.0.0.0/', 'http://224.0.0.1/', 'http://255.255.255.255/'])('%j cannot be allowed', (url) => {
    expect(isAllowed(url, allowing(new URL(url).hostname, '0.0.0.0/0'))).toBe(false)
  })
})

describe('the addresses a name resolves to', () => {
  test.each([
    '127.0.0.1',
    '10.0.0.5',
    '169.254.169.254',
    '::1',
    'fd00::1',
    '::ffff:192.168.1.1',
    '0.0.0.0',
    '224.0.0.1',
    '64:ff9b::a00:1',
    'nonsense',
  ])('refuses %s', (address) => expect(checkAddress(address, 'hooks.example.com', strict)).not.toBeNull())
  test.each(['93.184.216.34', '2606:2800:220:1::1', '64:ff9b::808:808'])('may call %s', (address) => {
    expect(checkAddress(address, 'hooks.example.com', strict)).toBeNull()
  })
  test('a name that the operator allows may lead inside', () => {
    expect(checkAddress('10.0.0.5', 'hooks.example.com', allowing('hooks.example.com'))).toBeNull()
    expect(checkAddress('10.0.0.5', 'other.example.com', allowing('hooks.example.com'))).not.toBeNull()
    expect(checkAddress('0.0.0.0', 'hooks.example.com', allowing('hooks.example.com'))).not.toBeNull()
  })
  test('loopback stays refused by name outside a sandbox', () => {
    expect(checkAddress('127.0.0.1', 'localtest.example.com', sandbox)).toBeNull()
    expect(checkAddress('127.0.0.1', 'localtest.example.com', strict)).toMatch(/LOCKSTITCH_ALLOWED_PRIVATE_HOSTS/)
  })
})
