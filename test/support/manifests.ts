/** Manifests of our own sample courses, valid against the ADL and IMS schemas. */

export const NAMESPACES_12 = `xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"`;
export const NAMESPACES_2004 = `xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss"`;

export interface ManifestParts {
  readonly version?: string;
  readonly namespaces?: string;
  readonly identifier?: string;
  /** Inside `<organizations default="org">`. */
  readonly organization: string;
  readonly resources: string;
  /** After the resources. */
  readonly after?: string;
}

export function manifest12(parts: ManifestParts): string {
  return manifest({ version: "1.2", namespaces: NAMESPACES_12, ...parts });
}

export function manifest2004(edition: "3rd" | "4th", parts: ManifestParts): string {
  return manifest({ version: `2004 ${edition} Edition`, namespaces: NAMESPACES_2004, ...parts });
}

function manifest(parts: ManifestParts): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="${parts.identifier ?? "sample-course"}" version="1" ${parts.namespaces}>
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>${parts.version}</schemaversion>
  </metadata>
  <organizations default="org">${parts.organization}
  </organizations>
  <resources>${parts.resources}
  </resources>${parts.after ?? ""}
</manifest>
`;
}

/** One SCO, with whatever stands in its item. */
export function oneItem(inner = "", attributes = ""): string {
  return `
    <organization identifier="org">
      <title>Sample course</title>
      <item identifier="lesson" identifierref="lesson-resource"${attributes}>
        <title>Lesson</title>${inner}
      </item>
    </organization>`;
}

export function sco(scormType: "scormtype" | "scormType", identifier: string, href: string): string {
  const files = ["sco.html", "sco.css", "sco.js", "settings.js"].map(
    (file) => `
      <file href="${file}"/>`,
  );
  return `
    <resource identifier="${identifier}" type="webcontent" adlcp:${scormType}="sco" href="${href}">${files.join("")}
    </resource>`;
}
