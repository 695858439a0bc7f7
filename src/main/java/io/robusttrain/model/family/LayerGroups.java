package io.robusttrain.model.family;

import io.robusttrain.tensor.ParameterSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which tensors belong to one layer in depth, as timm's {@code group_matcher} says it (timm 1.0):
 * each pattern gives the names that begin with it a key, keys are sorted, and a key that ends in
 * {@link #PREVIOUS} joins the layer before it. Names without a pattern, the head's, come last.
 * Immutable.
 */
final class LayerGroups {
  /** Last number of a key that belongs to the layer before it. */
  static final double PREVIOUS = 99999;

  private static final Comparator<List<Double>> NUMBER_BY_NUMBER = LayerGroups::compare;

  /** A key from a match. */
  @FunctionalInterface
  private interface Key {
    List<Double> of(MatchResult match);
  }

  private record Rule(Pattern pattern, Key key) {}

  private final List<Rule> rules;

  private LayerGroups(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  static LayerGroups none() {
    return new LayerGroups(List.of());
  }

  /**
   * With names whose key is {@code ordinal}, the numbers of the pattern's groups, {@code suffix}.
   */
  LayerGroups with(int ordinal, String pattern, double... suffix) {
    return with(
        pattern,
        match -> {
          List<Double> key = new ArrayList<>();
          key.add((double) ordinal);
          for (int i = 1; i <= match.groupCount(); i++) {
            key.add(Double.parseDouble(match.group(i)));
          }
          for (double number : suffix) {
            key.add(number);
          }
          return key;
        });
  }

  /** With names whose key is the number of the pattern's group plus {@code offset}. */
  LayerGroups numbered(int offset, String pattern) {
    return with(pattern, match -> List.of(offset + Double.parseDouble(match.group(1))));
  }

  private LayerGroups with(String pattern, Key key) {
    List<Rule> more = new ArrayList<>(rules);
    more.add(new Rule(Pattern.compile(pattern), key));
    return new LayerGroups(more);
  }

  /** The layer of each tensor by its name, from 0 at the input; the order is that of the specs. */
  Map<String, Integer> ids(List<ParameterSpec> specs) {
    TreeMap<List<Double>, Integer> layers = new TreeMap<>(NUMBER_BY_NUMBER);
    specs.forEach(spec -> layers.put(key(spec.name()), 0));
    int id = -1;
    for (Map.Entry<List<Double>, Integer> layer : layers.entrySet()) {
      List<Double> key = layer.getKey();
      if (id < 0 || key.get(key.size() - 1) != PREVIOUS) {
        id++;
      }
      layer.setValue(id);
    }
    Map<String, Integer> ids = new LinkedHashMap<>();
    specs.forEach(spec -> ids.put(spec.name(), layers.get(key(spec.name()))));
    return ids;
  }

  private List<Double> key(String name) {
    for (Rule rule : rules) {
      Matcher matcher = rule.pattern().matcher(name);
      if (matcher.lookingAt()) {
        return rule.key().of(matcher);
      }
    }
    return List.of(Double.POSITIVE_INFINITY);
  }

  private static int compare(List<Double> a, List<Double> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int order = Double.compare(a.get(i), b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }
}
