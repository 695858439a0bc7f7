package io.robusttrain.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the roles of {@code spark-submit/kubernetes/rbac.yaml} allow, as {@code verb resource}.
 *
 * @param allowed for instance {@code create pods}
 */
record KubernetesRights(Set<String> allowed) {
  private static final Path MANIFESTS = Path.of("spark-submit", "kubernetes");

  /** Copies. */
  KubernetesRights {
    allowed = Set.copyOf(allowed);
  }

  /** The rules of one role. */
  static KubernetesRights of(String role) throws IOException {
    Set<String> allowed = new TreeSet<>();
    for (JsonNode document : documents("rbac.yaml")) {
      if (document.path("kind").asText().equals("Role")
          && document.at("/metadata/name").asText().equals(role)) {
        for (JsonNode rule : document.path("rules")) {
          for (JsonNode resource : rule.path("resources")) {
            rule.path("verbs")
                .forEach(verb -> allowed.add(verb.asText() + " " + resource.asText()));
          }
        }
      }
    }
    return new KubernetesRights(allowed);
  }

  /** The documents of a manifest. */
  static List<JsonNode> documents(String name) throws IOException {
    ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
    List<JsonNode> documents = new ArrayList<>();
    for (String text : Files.readString(MANIFESTS.resolve(name)).split("(?m)^---$", -1)) {
      documents.add(yaml.readTree(text));
    }
    return documents;
  }
}
