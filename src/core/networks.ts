/** Network addresses, as limits count them. */

const LONGEST_ADDRESS = 45;

/**
 * Whose address it is: an IPv4 address as it stands; of an IPv6 address the first 64 bits, which are one subscriber's, who
 * may use any of the rest. An IPv4 address in IPv6 clothing is the IPv4 address.
 */
export function networkOf(address: string): string {
  const [plain = ""] = address.slice(0, LONGEST_ADDRESS).toLowerCase().split("%");
  if (!plain.includes(":")) return plain;
  const groups = groupsOf(plain);
  const isMapped = groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff";
  return isMapped ? bytesOf(groups.slice(6)).join(".") : `${groups.slice(0, 4).join(":")}::/64`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.replace(/[\d.]+\.\d+$/, asGroups).split("::");
  const before = head.split(":").filter(Boolean);
  const after = (tail ?? "").split(":").filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  return [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16).toString(16));
}

/** `1.2.3.4` → `102:304` */
function asGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

function bytesOf(groups: readonly string[]): number[] {
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
}
