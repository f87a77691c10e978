/** Carries out the operations that change something, and tells the model what was answered. */
import { providerOf } from '../model/systems.ts'
import type { Operation } from './operations.ts'
import type { Found } from './outcome.ts'
import { instant, iso } from './played.ts'
import { Settling } from './settle.ts'
import { EPOCH } from './workspace.ts'

export class Changes extends Settling {
  protected async change(operation: Operation): Promise<Found | null> {
    const workspace = this.workspace
    switch (operation.do) {
      case 'person': {
        const body = await this.ask('/user_identities/create', { full_name: operation.as })
        if (body === null) return null
        this.people.set(operation.as, (body['user_identity'] as { user_identity_id: string }).user_identity_id)
        return this.did()
      }
      case 'space': {
        const acs_entrance_ids = workspace.doorIds(operation.doors)
        if (acs_entrance_ids === null) return null
        const body = await this.ask('/spaces/create', { name: operation.as, acs_entrance_ids })
        if (body === null) return null
        const id = (body['space'] as { space_id: string }).space_id
        this.spaces.set(operation.as, { id, doors: new Set(operation.doors) })
        this.take({ fact: 'space', space: operation.as, doors: operation.doors })
        return this.did()
      }
      case 'space_add':
      case 'space_remove': {
        const space = this.spaces.get(operation.space)
        const acs_entrance_ids = workspace.doorIds(operation.doors)
        if (space === undefined || acs_entrance_ids === null) return null
        const path = operation.do === 'space_add' ? '/spaces/add_acs_entrances' : '/spaces/remove_acs_entrances'
        if ((await this.ask(path, { space_id: space.id, acs_entrance_ids })) === null) return null
        for (const door of operation.doors) {
          if (operation.do === 'space_add') space.doors.add(door)
          else space.doors.delete(door)
        }
        this.take({ fact: 'space', space: operation.space, doors: [...space.doors] })
        const touched = [...this.grants].filter(
          ([, grant]) => !grant.isDeleted && grant.spaces.includes(operation.space),
        )
        return await this.settle(...touched.map(([label]) => label))
      }
      case 'grant':
        return await this.grant(operation)
      case 'retime': {
        const grant = this.grants.get(operation.grant)
        if (grant === undefined) return null
        const starts_at = operation.from === undefined ? undefined : iso(operation.from)
        const ends_at = operation.to === undefined ? undefined : operation.to === null ? null : iso(operation.to)
        const body = await this.ask('/access_grants/update', { access_grant_id: grant.id, starts_at, ends_at })
        if (body === null) return null
        if (operation.from !== undefined) grant.from = EPOCH + operation.from
        if (operation.to !== undefined) grant.to = instant(operation.to, Infinity)
        this.take({ fact: 'grant_window', grant: operation.grant, from: grant.from, to: grant.to })
        return await this.settle(operation.grant)
      }
      case 'redoor': {
        const grant = this.grants.get(operation.grant)
        const acs_entrance_ids = workspace.doorIds(operation.doors)
        if (grant === undefined || acs_entrance_ids === null) return null
        const body = await this.ask('/access_grants/update', { access_grant_id: grant.id, acs_entrance_ids })
        if (body === null) return null
        this.take({ fact: 'grant_doors', grant: operation.grant, doors: operation.doors })
        return await this.settle(operation.grant)
      }
      case 'delete_grant': {
        const grant = this.grants.get(operation.grant)
        if (grant === undefined) return null
        if ((await this.ask('/access_grants/delete', { access_grant_id: grant.id })) === null) return null
        grant.isDeleted = true
        this.take({ fact: 'grant_deleted', grant: operation.grant })
        return await this.settle()
      }
      case 'request': {
        const grant = this.grants.get(operation.grant)
        if (grant === undefined) return null
        const requested_access_methods = operation.modes.map((mode) => ({ mode }))
        const body = await this.ask('/access_grants/request_access_methods', {
          access_grant_id: grant.id,
          requested_access_methods,
        })
        if (body === null) return null
        grant.modes.push(...operation.modes)
        return await this.settle(operation.grant)
      }
      case 'delete_method': {
        const method = this.method(operation.method)
        if (method === undefined) return null
        if ((await this.ask('/access_methods/delete', { access_method_id: method.id })) === null) return null
        for (const grant of this.grants.values())
          if (grant.methods.includes(method)) grant.deletedModes.add(method.mode)
        for (const { id, label } of this.methods.values())
          if (id === method.id) this.take({ fact: 'method_deleted', method: label })
        return await this.settle()
      }
      case 'encode':
        return await this.encode(operation)
      case 'place': {
        const acs_encoder_id = workspace.encoderId(operation.encoder)
        const provider = providerOf(operation.encoder)
        if (acs_encoder_id === undefined) return null
        let which: object
        if ('blank' in operation.card) which = { card_format: operation.card.blank }
        else {
          const card = await this.card(operation.card)
          if (card === null || card.provider !== provider) return null
          card.id ??= (await workspace.cardId(provider, card.number ?? '')) ?? null
          if (card.id === null) return null
          which = { card_id: card.id }
        }
        const body = await this.ask('/sandbox/encoders/place_card', { acs_encoder_id, ...which })
        if (body === null) return null
        const { card_id, card_number } = body['card'] as { card_id: string; card_number: string | null }
        const card = this.meet(provider, card_number, card_id)
        this.cards.set(operation.as, card)
        this.encoders.set(operation.encoder, card)
        return this.did()
      }
      case 'unplace': {
        const acs_encoder_id = workspace.encoderId(operation.encoder)
        if (acs_encoder_id === undefined) return null
        if ((await this.ask('/sandbox/encoders/remove_card', { acs_encoder_id })) === null) return null
        this.encoders.set(operation.encoder, null)
        return this.did()
      }
      case 'assign': {
        const method = this.method(operation.method)
        const card = await this.card(operation.card)
        if (method === undefined || card === null) return null
        const body = await this.ask('/access_methods/assign_card', {
          access_method_id: method.id,
          card_number: card.number,
        })
        if (body === null) return null
        await workspace.must('/sandbox/settle', {})
        const attempt = await this.attempt(body)
        if (attempt.status === 'success') this.take({ fact: 'assigned', key: method.label, card: card.label })
        else this.refusedAttempt('assign_card', attempt)
        return await this.settle()
      }
      case 'suspend':
      case 'unsuspend': {
        const who = await this.acsUser(operation.who, operation.provider)
        if (who === undefined) return null
        if ((await this.ask(`/acs/users/${operation.do}`, { acs_user_id: who })) === null) return null
        const isSuspended = operation.do === 'suspend'
        this.take({ fact: 'suspended', holder: operation.who, provider: operation.provider, isSuspended })
        return await this.settle()
      }
      case 'user': {
        const acs_system_id = workspace.systemId(operation.provider)
        if (acs_system_id === undefined) return null
        const body = await this.ask('/acs/users/create', { acs_system_id, full_name: operation.as })
        if (body === null) return null
        const id = (body['acs_user'] as { acs_user_id: string }).acs_user_id
        this.users.set(operation.as, { id, provider: operation.provider })
        this.take({ fact: 'user', user: operation.as, provider: operation.provider })
        return await this.settle()
      }
      case 'delete_user': {
        const user = this.users.get(operation.user)
        if (user === undefined) return null
        if ((await this.ask('/acs/users/delete', { acs_user_id: user.id })) === null) return null
        this.users.delete(operation.user)
        this.take({ fact: 'user_deleted', user: operation.user })
        return await this.settle()
      }
      case 'join_group':
      case 'leave_group': {
        const provider = providerOf(operation.group)
        const group = await workspace.group(operation.group)
        const acs_user_id = await this.acsUser(operation.who, provider)
        if (group === null || acs_user_id === undefined) return null
        const isMember = operation.do === 'join_group'
        const path = isMember ? '/acs/users/add_to_access_group' : '/acs/users/remove_from_access_group'
        if ((await this.ask(path, { acs_user_id, acs_access_group_id: group.id })) === null) return null
        const { doors } = group
        this.take({ fact: 'membership', holder: operation.who, provider, group: operation.group, doors, isMember })
        return await this.settle()
      }
      case 'credential':
        return await this.credential(operation)
      case 'end_credential': {
        const credential = this.credentials.get(operation.credential)
        if (credential === undefined) return null
        const body = await this.ask('/acs/credentials/update', {
          acs_credential_id: credential.id,
          ends_at: iso(operation.to),
        })
        if (body === null) return null
        const { from } = credential
        this.take({ fact: 'credential_window', credential: credential.label, from, to: EPOCH + operation.to })
        return await this.settle()
      }
      case 'delete_credential': {
        const credential = this.credentials.get(operation.credential)
        if (credential === undefined) return null
        if ((await this.ask('/acs/credentials/delete', { acs_credential_id: credential.id })) === null) return null
        this.take({ fact: 'credential_deleted', credential: credential.label })
        return await this.settle()
      }
      case 'phone': {
        const user_identity_id = this.people.get(operation.person)
        if (user_identity_id === undefined) return null
        const body = await this.ask('/phones/simulate/create_sandbox_phone', { user_identity_id })
        if (body === null) return null
        this.phones.set(operation.as, (body['phone'] as { device_id: string }).device_id)
        this.take({ fact: 'phone', phone: operation.as, person: operation.person })
        return await this.settle()
      }
      case 'drop_phone': {
        const device_id = this.phones.get(operation.phone)
        if (device_id === undefined) return null
        if ((await this.ask('/phones/deactivate', { device_id })) === null) return null
        this.phones.delete(operation.phone)
        this.take({ fact: 'phone_gone', phone: operation.phone })
        return await this.settle()
      }
      case 'clock': {
        const to = EPOCH + operation.to
        if (to <= this.now) return null
        await workspace.must('/sandbox/clock/advance', { to: new Date(to).toISOString() })
        this.now = to
        for (const grant of this.grants.values()) grant.wasOver ||= grant.to <= to
        this.take({ fact: 'now', now: to })
        return await this.settle()
      }
      case 'fault': {
        const { provider, fault, times, encoder } = operation
        const acs_system_id = workspace.systemId(provider)
        const acs_encoder_id = encoder === undefined ? undefined : workspace.encoderId(encoder)
        if (acs_system_id === undefined || (encoder !== undefined && acs_encoder_id === undefined)) return null
        const delay_ms = fault === 'slow' ? 20 : undefined
        await workspace.must('/sandbox/systems/set_fault', { acs_system_id, fault, times, delay_ms, acs_encoder_id })
        if (encoder === undefined) {
          if (fault === 'none') this.troubled.delete(provider)
          else this.troubled.add(provider)
          this.isTroubled = true
          const isSure = times === undefined && fault !== 'answer_lost'
          const reach = fault === 'none' || fault === 'slow' ? 'ok' : isSure ? 'away' : 'unsure'
          this.take({ fact: 'reach', provider, reach })
        }
        return await this.settle()
      }
      default:
        return null
    }
  }

  protected async grant(operation: Extract<Operation, { do: 'grant' }>): Promise<Found | null> {
    const user_identity_id = this.people.get(operation.person)
    const acs_entrance_ids = this.workspace.doorIds(operation.doors)
    if (user_identity_id === undefined || acs_entrance_ids === null) return null
    const spaces = operation.spaces.filter((space) => this.spaces.has(space))
    const body = await this.ask('/access_grants/create', {
      user_identity_id,
      acs_entrance_ids,
      space_ids: spaces.map((space) => this.spaces.get(space)?.id),
      requested_access_methods: operation.modes.map((mode) => ({
        mode,
        ...(mode === 'code' && operation.code !== undefined ? { code: operation.code } : {}),
      })),
      reservation_key: operation.key ?? undefined,
      starts_at: operation.from === null ? undefined : iso(operation.from),
      ends_at: operation.to === null ? undefined : iso(operation.to),
    })
    if (body === null) return null
    const id = (body['access_grant'] as { access_grant_id: string }).access_grant_id
    const { as, person, doors, key } = operation
    const from = instant(operation.from, this.now)
    const to = instant(operation.to, Infinity)
    this.grants.set(as, {
      id,
      person,
      methods: [],
      listed: new Set(),
      modes: [...operation.modes],
      deletedModes: new Set(),
      spaces,
      from,
      to,
      wasOver: to <= this.now,
      isDeleted: false,
    })
    this.take({ fact: 'grant', grant: as, person, doors, spaces, key, from, to })
    return await this.settle(as)
  }

  protected async encode(operation: Extract<Operation, { do: 'encode' }>): Promise<Found | null> {
    const acs_encoder_id = this.workspace.encoderId(operation.encoder)
    const provider = providerOf(operation.encoder)
    const isMethod = 'grant' in operation.what
    const what =
      'grant' in operation.what ? this.method(operation.what) : this.credentials.get(operation.what.credential)
    if (acs_encoder_id === undefined || what === undefined) return null
    const { id, label: key } = what
    const body = isMethod
      ? await this.ask('/access_methods/encode', { access_method_id: id, acs_encoder_id })
      : await this.ask('/acs/encoders/encode_credential', { acs_credential_id: id, acs_encoder_id })
    if (body === null) return null
    await this.workspace.must('/sandbox/settle', {})
    const placed = this.encoders.get(operation.encoder)
    const card = placed === undefined ? (this.plastic.get(key) ?? null) : placed
    const attempt = await this.attempt(body)
    if (attempt.status === 'pending') {
      this.pending.push({ attemptId: attempt.id, key, provider, card })
      if (card !== null) this.take({ fact: 'murky', card: card.label })
      return this.did()
    }
    if (attempt.status === 'error') {
      this.refusedAttempt('encode', attempt)
      return this.did()
    }
    if (placed !== undefined && placed !== null) placed.number ??= attempt.cardNumber
    const written = placed?.number === attempt.cardNumber ? placed : this.meet(provider, attempt.cardNumber, null)
    if (placed !== undefined && placed !== written)
      return {
        kind: 'server failure',
        expected: `the card on the encoder to be written: ${placed?.label ?? 'none'}`,
        got: `written: ${written.label}`,
      }
    this.cards.set(operation.as, written)
    this.plastic.set(key, written)
    this.take({ fact: 'written', key, card: written.label })
    return await this.settle()
  }

  protected async credential(operation: Extract<Operation, { do: 'credential' }>): Promise<Found | null> {
    const { as, provider, mode, guest, doors, from, to, code } = operation
    const user = this.users.get(operation.user)
    const allowed_acs_entrance_ids = this.workspace.doorIds(doors)
    if (user === undefined || allowed_acs_entrance_ids === null || user.provider !== provider) return null
    const joined = typeof guest === 'object' ? this.credentials.get(guest.joins) : undefined
    if (typeof guest === 'object' && joined === undefined) return null
    const metadata =
      guest === 'staff'
        ? { card_function_type: 'staff' }
        : guest === 'override'
          ? { override: true }
          : { override: false, joiner_acs_credential_ids: [joined?.id] }
    const body = await this.ask('/acs/credentials/create', {
      acs_user_id: user.id,
      access_method: mode,
      allowed_acs_entrance_ids,
      code,
      starts_at: from === null ? undefined : iso(from),
      ends_at: to === null ? undefined : iso(to),
      ...(provider === 'visionline' ? { visionline_metadata: metadata } : {}),
    })
    if (body === null) return null
    const created = body['acs_credential'] as { acs_credential_id: string; code?: string }
    // A start in the past is moved to now.
    const window = { from: Math.max(instant(from, this.now), this.now), to: instant(to, Infinity) }
    const { acs_credential_id: id } = created
    // A user of Salto Space has one card: wishing for another brings the one there is up to date.
    const known = [...this.credentials.values()].find((one) => one.id === id)
    this.credentials.set(as, known ?? { id, label: as, provider, code: created.code ?? null, from: window.from })
    if (known !== undefined) return await this.settle()
    this.take({
      fact: 'credential',
      credential: as,
      user: operation.user,
      provider,
      mode,
      doors,
      stay: joined !== undefined ? { joins: joined.label } : guest === 'override' ? 'new' : 'staff',
      ...(created.code == null ? {} : { code: created.code }),
      ...window,
    })
    return await this.settle()
  }
}
