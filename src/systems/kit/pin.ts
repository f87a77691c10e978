/** What a system takes for a PIN. Pure. */
export interface PinRule {
  minLength: number
  maxLength: number
  /** The PIN is a number from 1 up to this one, and a number has no leading zeros: `0042` would come back as `42`. */
  maxValue?: number
  /** PINs that would be right by their length, and are refused all the same: those that everybody tries first. */
  refused?: readonly string[]
}

export function fitsRule(code: string, rule: PinRule): boolean {
  if (!/^\d+$/.test(code) || code.length < rule.minLength || code.length > rule.maxLength) return false
  if (rule.refused?.includes(code) === true) return false
  return rule.maxValue === undefined || (!code.startsWith('0') && Number(code) <= rule.maxValue)
}

/** The rule as a sentence for whoever wished for something else. */
export function ruleInWords({ minLength, maxLength, maxValue, refused }: PinRule): string {
  if (maxValue !== undefined) return `Must be a number from 1 to ${maxValue}, without leading zeros`
  const length = minLength === maxLength ? `${minLength} digits` : `${minLength} to ${maxLength} digits`
  return `Must have ${length}${refused === undefined ? '' : ', and not be one that is easily guessed such as 1111 or 1234'}`
}
