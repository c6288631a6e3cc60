/**
 * Links as a thin Common Cartridge (1EdTech Common Cartridge 1.1 to 1.3, Thin CC 1.0): for LMSs that import links in bulk. A
 * manifest with one folder, and a file for each link. The same links make the same bytes.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { DELIVERY_PARAMETER } from "../../core/lti/links.ts";
import { plainText } from "./names.ts";
import type { ZipFile } from "./zipStream.ts";

export const CARTRIDGE_VERSIONS = ["1.3", "1.2", "1.1"] as const;

export type CartridgeVersion = (typeof CARTRIDGE_VERSIONS)[number];

export interface LinkInCartridge {
  /** Of the delivery: names the file and what refers to it. */
  readonly id: string;
  readonly title: string;
  readonly launch_url: string;
  readonly delivery_key: string;
}

interface VersionNames {
  readonly schema: string;
  readonly schema_version: string;
  /** The part of its namespaces' addresses that differs. */
  readonly profile: string;
  readonly link_type: string;
  readonly link_namespace: string;
}

const THIN = "IMS Thin Common Cartridge";

/** There is no thin profile of 1.1: there a cartridge of links alone is an ordinary one. */
const VERSIONS: Readonly<Record<CartridgeVersion, VersionNames>> = {
  "1.3": {
    schema: THIN,
    schema_version: "1.3.0",
    profile: "imsccv1p3",
    link_type: "imsbasiclti_xmlv1p3",
    link_namespace: "imslticc_v1p3",
  },
  "1.2": {
    schema: THIN,
    schema_version: "1.2.0",
    profile: "imsccv1p2",
    link_type: "imsbasiclti_xmlv1p0",
    link_namespace: "imslticc_v1p2",
  },
  "1.1": {
    schema: "IMS Common Cartridge",
    schema_version: "1.1.0",
    profile: "imsccv1p1",
    link_type: "imsbasiclti_xmlv1p0",
    link_namespace: "imslticc_v1p0",
  },
};

const IMS = "http://www.imsglobal.org/xsd";
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The link files in the order of `links`, and at the end the manifest, which names them all. */
export async function* cartridgeFiles(
  version: CartridgeVersion,
  folder: { readonly id: string; readonly title: string },
  links: AsyncIterable<LinkInCartridge>,
): AsyncGenerator<ZipFile> {
  const names = VERSIONS[version];
  const items = createPile();
  const resources = createPile();
  for await (const link of links) {
    yield { name: fileOf(link), content: Buffer.from(linkFile(names, link)) };
    items.add(itemOf(link));
    resources.add(resourceOf(names, link));
  }
  yield {
    name: "imsmanifest.xml",
    content: () => manifest(names, folder, items.texts(), resources.texts()),
  };
}

function fileOf({ id }: LinkInCartridge): string {
  return `links/${id}.xml`;
}

/** Elements in the order of `imsbasiclti_v1p0p1.xsd`; both launch URLs, since platforms read one or the other. */
function linkFile({ link_namespace }: VersionNames, link: LinkInCartridge): string {
  const url = escapeXml(link.launch_url);
  return `${DECLARATION}<cartridge_basiclti_link xmlns="${IMS}/${link_namespace}" xmlns:blti="${IMS}/imsbasiclti_v1p0" xmlns:lticm="${IMS}/imslticm_v1p0" xmlns:lticp="${IMS}/imslticp_v1p0">
  <blti:title>${escapeXml(link.title)}</blti:title>
  <blti:custom>
    <lticm:property name="${DELIVERY_PARAMETER}">${escapeXml(link.delivery_key)}</lticm:property>
  </blti:custom>
  <blti:launch_url>${url}</blti:launch_url>${link.launch_url.startsWith("https:") ? `\n  <blti:secure_launch_url>${url}</blti:secure_launch_url>` : ""}
  <blti:vendor>
    <lticp:code>tallygate</lticp:code>
    <lticp:name>Tallygate</lticp:name>
  </blti:vendor>
</cartridge_basiclti_link>
`;
}

function itemOf({ id, title }: LinkInCartridge): string {
  return `
          <item identifier="item-${id}" identifierref="link-${id}">
            <title>${escapeXml(title)}</title>
          </item>`;
}

function resourceOf({ link_type }: VersionNames, link: LinkInCartridge): string {
  return `
    <resource identifier="link-${link.id}" type="${link_type}">
      <file href="${fileOf(link)}"/>
    </resource>`;
}

function* manifest(
  { schema, schema_version, profile }: VersionNames,
  folder: { readonly id: string; readonly title: string },
  items: Iterable<Buffer>,
  resources: Iterable<Buffer>,
): Generator<Buffer> {
  const title = escapeXml(folder.title);
  yield Buffer.from(`${DECLARATION}<manifest identifier="cartridge-${folder.id}" xmlns="${IMS}/${profile}/imscp_v1p1" xmlns:lomimscc="http://ltsc.ieee.org/xsd/${profile}/LOM/manifest">
  <metadata>
    <schema>${schema}</schema>
    <schemaversion>${schema_version}</schemaversion>
    <lomimscc:lom>
      <lomimscc:general>
        <lomimscc:title>
          <lomimscc:string>${title}</lomimscc:string>
        </lomimscc:title>
      </lomimscc:general>
    </lomimscc:lom>
  </metadata>
  <organizations>
    <organization identifier="organization" structure="rooted-hierarchy">
      <item identifier="root">
        <item identifier="folder-${folder.id}">
          <title>${title}</title>`);
  yield* items;
  yield Buffer.from(`
        </item>
      </item>
    </organization>
  </organizations>
  <resources>`);
  yield* resources;
  yield Buffer.from(`
  </resources>
</manifest>
`);
}

/** Texts that are held for the manifest until all links are known: compressed, for they are nearly alike. */
interface Pile {
  add(text: string): void;
  texts(): Iterable<Buffer>;
}

const PIECE_LENGTH = 64 * 1024;

function createPile(): Pile {
  const pieces: Buffer[] = [];
  let newest = "";
  return {
    add: (text) => {
      newest += text;
      if (newest.length < PIECE_LENGTH) return;
      pieces.push(deflateRawSync(newest));
      newest = "";
    },
    texts: function* () {
      for (const piece of pieces) yield inflateRawSync(piece);
      yield Buffer.from(newest);
    },
  };
}

function escapeXml(value: string): string {
  return plainText(value)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
