package io.robusttrain.pretrained;

import io.robusttrain.checkpoint.tensors.TensorSpec;
import io.robusttrain.model.Architecture;
import io.robusttrain.tensor.ParameterSpec;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A file's tensors under an architecture's names. Models get wrapped, for training on several
 * devices ({@code module.}), by the compiler ({@code _orig_mod.}), and to put a normaliser in front
 * ({@code model.} beside {@code normalize.}; some hold {@code mean} and {@code std} themselves):
 * the wrapping under which most names are the architecture's is taken off.
 *
 * @param prefix the wrapping; empty if there is none
 * @param tensors by their names without it, former names replaced, in the order of the file; other
 *     names stay whole
 * @param former former names that were replaced, with the new ones
 * @param mean the normaliser's means, if it is in the file
 * @param std the normaliser's deviations, if it is in the file
 */
record StoredNames(
    String prefix,
    Map<String, TensorSpec> tensors,
    Map<String, String> former,
    Optional<TensorSpec> mean,
    Optional<TensorSpec> std) {
  /** The wrapping that models with a normaliser in front have. */
  static final String BEHIND_NORMALIZER = "model.";

  private static final Pattern WRAPPED =
      Pattern.compile("((?:module\\.|_orig_mod\\.|model\\.)*)(.*)");
  private static final Pattern CONSTANT =
      Pattern.compile(
          "(?:module\\.|_orig_mod\\.)*(?:(?:normali[sz]e|normali[sz]er|normali[sz]ation)\\.|(?:model\\.)?)(mean|std)");

  static StoredNames of(Collection<TensorSpec> stored, Architecture architecture) {
    Set<String> known =
        architecture.layout().specs().stream().map(ParameterSpec::name).collect(Collectors.toSet());
    Map<String, String> renamings = architecture.aliases();
    String prefix = prefix(stored, known, renamings);
    Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    Map<String, String> former = new TreeMap<>();
    Map<String, TensorSpec> constants = new TreeMap<>();
    Set<String> names = stored.stream().map(TensorSpec::name).collect(Collectors.toSet());
    for (TensorSpec spec : stored) {
      Matcher constant = CONSTANT.matcher(spec.name());
      if (constant.matches()) {
        constants.put(constant.group(1), spec);
        continue;
      }
      String bare = spec.name();
      if (bare.startsWith(prefix)) {
        bare = bare.substring(prefix.length());
      }
      String current = renamings.get(bare);
      if (current != null && !names.contains(prefix + current)) {
        former.put(bare, current);
        bare = current;
      }
      tensors.put(bare, spec);
    }
    return new StoredNames(
        prefix,
        tensors,
        former,
        Optional.ofNullable(constants.get("mean")),
        Optional.ofNullable(constants.get("std")));
  }

  /** The wrapping with the most known names below it, the shortest of several. */
  private static String prefix(
      Collection<TensorSpec> stored, Set<String> known, Map<String, String> former) {
    Map<String, Long> hits = new TreeMap<>();
    for (TensorSpec spec : stored) {
      Matcher parts = WRAPPED.matcher(spec.name());
      if (parts.matches()
          && (known.contains(parts.group(2)) || former.containsKey(parts.group(2)))) {
        hits.merge(parts.group(1), 1L, Long::sum);
      }
    }
    return hits.entrySet().stream()
        .max(
            Map.Entry.<String, Long>comparingByValue()
                .thenComparing(Map.Entry::getKey, Comparator.comparing(String::length).reversed()))
        .map(Map.Entry::getKey)
        .orElse("");
  }

  /** Whether the file holds a normaliser's constants. */
  boolean hasNormalizer() {
    return mean.isPresent() && std.isPresent();
  }

  /** Which half of a normaliser is there without the other one, in words; empty if none is. */
  Optional<String> halfNormalizer() {
    if (mean.isPresent() == std.isPresent()) {
      return Optional.empty();
    }
    String here = mean.or(() -> std).orElseThrow().name();
    String stem = here.substring(0, here.lastIndexOf('.') + 1);
    return Optional.of("%s without %s".formatted(here, stem + (mean.isPresent() ? "std" : "mean")));
  }

  /** Whether the wrapping is that of a model behind a normaliser. */
  boolean behindNormalizer() {
    return prefix.endsWith(BEHIND_NORMALIZER);
  }

  /** The tensors whose names the architecture does not have, but for the normaliser's. */
  List<String> besides(Collection<String> known) {
    return tensors.entrySet().stream()
        .filter(entry -> !known.contains(entry.getKey()))
        .map(entry -> entry.getValue().name())
        .toList();
  }
}
