/** Which network addresses are somewhere on the public internet, and nowhere near the gateway. */
import { BlockList, isIP } from "node:net";

/** IANA's special-purpose registries, multicast, and what clouds answer on in spite of them. */
const NOT_PUBLIC_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10", // shared by carriers (CGNAT), some clouds' metadata
  "127.0.0.0/8",
  "168.63.129.16/32", // Azure's host
  "169.254.0.0/16", // link-local, most clouds' metadata
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
] as const;

/** Of global unicast alone, `2000::/3`: so IPv4-mapped, NAT64, unique local, link-local and multicast ones are out already. */
const NOT_PUBLIC_IPV6 = [
  "2001::/23", // protocol assignments: Teredo, benchmarks, ORCHID
  "2001:db8::/32",
  "2002::/16", // 6to4: an IPv4 address within
  "3fff::/20",
] as const;

const [refused4, refused6, global6] = [
  listOf(NOT_PUBLIC_IPV4, "ipv4"),
  listOf(NOT_PUBLIC_IPV6, "ipv6"),
  listOf(["2000::/3"], "ipv6"),
];

/** @param address As the system's resolver gives it; anything else is not public. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !refused4.check(address, "ipv4");
    case 6:
      return global6.check(address, "ipv6") && !refused6.check(address, "ipv6");
    default:
      return false;
  }
}

function listOf(networks: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [start = "", bits = ""] = network.split("/");
    list.addSubnet(start, Number(bits), family);
  }
  return list;
}
