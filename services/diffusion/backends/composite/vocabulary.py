"""The words of descriptions, Korean and English, and what each means for the drawing.

One row is a field of `Appearance`, the value, and the words that state it (regular expressions, most of them plain words, separated
by `|`). English words match whole, with a plural; Korean ones match anywhere, their spaces optional; `^` binds a Korean word to the
beginning of a word, where it would else be found inside others ("긴" in "긴장").
"""
# ruff: noqa: E501 - a table reads by its rows

from __future__ import annotations

import re
from dataclasses import dataclass

from services.common.colors import COLORS

Row = tuple[str, object, str]

IGNORED = ""  # the field of words that must not be taken for another: a hooded coat is no hat
PERSON: tuple[Row, ...] = (
    (
        "gender",
        "female",
        "female|woman|women|girl|lady|ladies|grandmother|grandma|mother|daughter|schoolgirl|여성|여자|여아|소녀|할머니|아주머니|아줌마|여학생|아가씨|여인|숙녀|노파|딸아이",
    ),
    (
        "gender",
        "male",
        "male|man|men|boy|gentleman|gentlemen|grandfather|grandpa|father|schoolboy|남성|남자|남아|소년|할아버지|아저씨|남학생|청년 남|신사",
    ),
    (IGNORED, None, r"women'?s|men'?s|woman's|man's|man ?bun|여성용|남성용|여성복|남성복|여자친구|남자친구"),
    ("build", "thin", "thin|slim|slender|skinny|lean|마른|날씬한?|호리호리한?|홀쭉한?|왜소한?|여윈"),
    (
        "build",
        "stocky",
        "stocky|heavyset|heavy-set|overweight|obese|fat|chubby|plump|stout|burly|뚱뚱한?|통통한?|비만|풍채|덩치가? ?큰?|건장한?|살찐|우람한?",
    ),
    ("build", "average", "average build|medium build|normal build|보통 체격|보통 체형|평균 체격|중간 체격|표준 체형"),
    ("stature", "tall", "tall|키가? ?큰|키가? ?크|큰 키|장신"),
    ("stature", "short", r"short(?= (?:man|woman|person|stature|boy|girl|lady|male|female|height))|키가? ?작은|키가? ?작|작은 키|단신"),
    ("skin_tone", "fair", "fair skin(?:ned)?|pale skin|pale|흰 피부|하얀 피부|창백한?|피부가 ?(?:하얗|하얀|흰)"),
    ("skin_tone", "light", "light skin(?:ned)?|밝은 피부"),
    ("skin_tone", "medium", "medium skin|olive skin|보통 피부"),
    ("skin_tone", "tan", "tan(?:ned)? skin|tanned|brown skin|까무잡잡한?|그을린|가무잡잡한?|구릿빛"),
    ("skin_tone", "dark", "dark skin(?:ned)?|black skin|검은 피부|어두운 피부|피부가 ?(?:검|어두)"),
    ("face_shape", "oval", "oval face|oval-faced|계란형|달걀형|갸름한?|타원형 얼굴"),
    ("face_shape", "round", "round face|round-faced|둥근 얼굴|동그란 얼굴|둥근형|둥근 얼굴형|얼굴이 ?둥글?"),
    ("face_shape", "square", "square face|square-faced|각진 얼굴|네모난 얼굴|사각형 얼굴|사각턱"),
    ("face_shape", "long", "long face|long-faced|oblong face|긴 얼굴|얼굴이 ?긴"),
    ("face_shape", "heart", "heart[- ]shaped face|heart face|하트형|역삼각형"),
    ("face_shape", "diamond", "diamond[- ]shaped face|diamond face|다이아몬드형|마름모형?"),
    ("wrinkles", True, "wrinkle|wrinkled|deep lines|주름|주름살"),
    ("eyes", "large", "large eyes|big eyes|큰 눈(?!썹)|눈이 ?(?:큰|크|커)"),
    ("eyes", "small", "small eyes|작은 눈(?!썹)|눈이 ?작"),
    ("eyes", "narrow", "narrow eyes|slit eyes|가는 눈(?!썹)|찢어진 눈|실눈|가느다란 눈(?!썹)"),
    ("eyes", "round", "round eyes|동그란 눈(?!썹)|둥근 눈(?!썹)"),
    ("eyes", "single eyelids", "single eyelids?|monolids?|무쌍|홑꺼풀|외꺼풀|쌍꺼풀이? ?없[는음다이]?"),
    ("eyes", "double eyelids", "double eyelids?|쌍꺼풀|쌍커풀"),
    ("eyes", "upturned", "upturned eyes|올라간 눈(?!썹)|눈꼬리가 ?올라간?|치켜 ?올라간 눈"),
    ("eyes", "drooping", "drooping eyes|droopy eyes|처진 눈(?!썹)|눈꼬리가 ?처진?"),
    (
        "eyebrows",
        "thick",
        "thick eyebrows?|bushy eyebrows?|thick brows|짙은 눈썹|굵은 눈썹|두꺼운 눈썹|진한 눈썹|숱 ?많은 눈썹|눈썹이 ?(?:짙|굵|진)은?",
    ),
    ("eyebrows", "thin", "thin eyebrows?|sparse eyebrows?|얇은 눈썹|가는 눈썹|옅은 눈썹|눈썹이 ?(?:얇|옅|가늘)은?"),
    ("eyebrows", "straight", "straight eyebrows?|flat eyebrows?|일자 ?눈썹"),
    ("eyebrows", "arched", "arched eyebrows?|아치형 ?눈썹|둥근 눈썹"),
    ("nose", "large", "large nose|big nose|큰 코|코가 ?(?:큰|크)"),
    ("nose", "small", "small nose|작은 코|코가 ?작은?"),
    ("nose", "wide", "wide nose|broad nose|넓은 코|주먹코|콧볼이? ?넓은?"),
    ("nose", "narrow", "narrow nose|thin nose|좁은 코|가는 코"),
    ("nose", "high", "high nose|prominent nose|high-bridged nose|오뚝한 코|높은 코|코가 ?(?:오뚝|높)한?은?"),
    ("nose", "flat", "flat nose|낮은 코|납작한 코|코가 ?낮은?"),
    ("nose", "long", "long nose|긴 코"),
    ("nose", "short", "short nose|짧은 코"),
    ("mouth", "full", "full lips|thick lips|두꺼운 입술|도톰한 입술|입술이 ?(?:두껍|두꺼운|도톰)한?"),
    ("mouth", "thin", "thin lips|얇은 입술|입술이 ?얇은?"),
    ("mouth", "wide", "wide mouth|large mouth|큰 입(?![은을고])|입이 ?(?:큰|크)"),
    ("mouth", "small", "small mouth|작은 입(?![은을고])|입이 ?작은?"),
    ("jaw", "square", "square jaw|strong jaw|각진 턱|사각 턱"),
    ("jaw", "pointed", "pointed chin|sharp chin|pointed jaw|뾰족한 턱|갸름한 턱|브이라인"),
    ("jaw", "prominent cheekbones", "high cheekbones?|prominent cheekbones?|광대뼈|광대가 ?(?:나온|튀어나온|두드러진)|튀어나온 광대"),
    ("jaw", "double chin", "double chin|이중 ?턱|두 ?턱"),
)

HAIR: tuple[Row, ...] = (
    (IGNORED, None, "머리띠|머리핀|머리끈|머리가 ?(?:좋|아프)|머리부터|hairband|hairpin|hair ?clip|facial hair|chest hair|headband"),
    ("hair_style", "bald head", "bald|shaved head|shaven head|대머리|민머리|삭발한?|빡빡머리"),
    (
        "hair_style",
        "balding",
        "balding|receding(?: hairline)?|thinning hair|탈모|머리숱이? ?(?:적|없)[은는음]?|벗겨진 머리|머리가? ?벗겨진?",
    ),
    ("hair_style", "crew cut", "crew ?cut|buzz ?cut|sports cut|very short hair|스포츠 ?머리|스포츠형|까까머리|반삭|크루컷|아주 짧은 머리"),
    (
        "hair_style",
        "short",
        r"short hair(?:ed)?|short-haired|pixie cut|short(?=(?:[ -][a-z]+){1,4}[ -]hair)|짧은 머리|^짧은(?=[가-힣 ]{0,9}머리)|커트 ?머리|숏컷|쇼트컷|숏 ?커트|투블럭|머리가? ?짧은?|단정한 머리",
    ),
    (
        "hair_style",
        "layered",
        r"layered(?: cut)?(?=(?:[ -][a-z]+){0,3}[ -]hair)|layered cut|shag(?: cut)?|wolf ?cut|mullet|레이어드 ?(?:컷|머리)|샤기 ?컷|울프 ?컷",
    ),
    ("hair_style", "bob", r"bob|bob cut|bobbed hair|chin-length hair|단발|단발 ?머리"),
    (
        "hair_style",
        "medium-length",
        r"medium(?:-| )length hair|shoulder(?:-| )length(?=(?:[ -][a-z]+){0,4}[ -]hair)|shoulder-length hair|중단발|중단발 ?머리|중간 길이(?:의)? ?머리|어깨까지 오는 머리|어깨 길이(?:의)? ?머리",
    ),
    (
        "hair_style",
        "long",
        r"long hair(?:ed)?|long-haired|long(?=(?:[ -][a-z]+){1,4}[ -]hair)|긴 머리|^긴(?=[가-힣 ]{0,9}(?:머리|웨이브|파마))|장발|머리가? ?(?:긴|길)",
    ),
    (
        "hair_style",
        "ponytail",
        "ponytail|pony tail|tied(?:-| )back hair|hair tied back|tied hair|포니테일|말총머리|묶은 머리|머리를? ?묶은?|하나로 묶은",
    ),
    ("hair_style", "bun", "bun|topknot|updo|올림 ?머리|똥머리|쪽진 ?머리|쪽머리|틀어 ?올린 머리"),
    ("hair_texture", "straight", r"straight hair|straight(?=(?:[ -][a-z]+){0,3}[ -]hair)|생머리|직모"),
    ("hair_texture", "wavy", r"wavy(?: hair)?|waves|웨이브|물결 ?머리|웨이브 ?머리"),
    (
        "hair_texture",
        "curly",
        r"curly(?: hair)?|curls|perm|permed(?: hair)?|frizzy|afro|곱슬(?:곱슬)?(?:한)?(?: ?머리)?|파마(?: ?머리)?|뽀글(?:이)? ?머리|펌(?: ?머리)?|아줌마 ?파마",
    ),
    ("fringe", "with bangs", "bangs|fringe|앞머리|뱅 ?헤어"),
    ("fringe", "parted at the side", "side part|side-parted|parted at the side|옆 ?가르마|(?:2대8|2:8|이대팔) ?가르마?|가르마"),
    (
        "fringe",
        "parted in the middle",
        "middle part|center part|centre part|center-parted|parted in the middle|가운데 ?가르마|5대5 ?가르마|센터 ?가르마",
    ),
    ("fringe", "swept back", "swept back|slicked back|slicked-back|combed back|올백|뒤로 넘긴 머리|뒤로 넘긴|이마를? 드러낸"),
    ("hair_color", "white", "백발|흰 ?머리|흰 머리카락|하얀 머리|white-haired"),
    ("hair_color", "salt and pepper", "salt[- ]and[- ]pepper|희끗희끗한?|반백|새치"),
    ("hair_color", "gray", "gr[ae]y-haired|회색 머리|잿빛 머리|은발"),
    ("hair_color", "blond", "blonde?|금발|노란 머리"),
    ("hair_color", "auburn", "red hair|redhead|auburn|ginger|빨간 머리|적갈색 머리|붉은 머리"),
    ("hair", None, "hair|hairstyle|머리카락|머리색|머리|헤어"),
)

FACE_WEAR: tuple[Row, ...] = (
    (IGNORED, None, "sunglass case|eyeglass case|안경점|안경 ?케이스|안경집"),
    (
        "glasses",
        "round glasses",
        "round(?:-rimmed)?(?: [a-z-]+)? (?:eye)?glasses|round spectacles|동그란 안경|둥근 안경|원형 안경|동글이? ?안경|동그란 ?테 ?안경|둥근 ?테 ?안경",
    ),
    (
        "glasses",
        "square glasses",
        "square(?: [a-z-]+)? (?:eye)?glasses|rectangular (?:eye)?glasses|thick-rimmed glasses|horn-rimmed glasses|네모난? 안경|사각 ?안경|각진 안경|뿔테 ?안경|뿔테|사각 ?테 ?안경",
    ),
    ("glasses", "rimless glasses", "rimless(?: glasses)?|frameless glasses|무테 ?안경|무테"),
    ("glasses", "sunglasses", "sunglasses|dark glasses|shades|선글라스|썬글라스|색안경"),
    ("glasses", "glasses", "glasses|eyeglasses|spectacles|안경"),
    ("facial_hair", "none", "clean-?shaven|clean shave|면도한|말끔히 면도"),
    ("facial_hair", "stubble", "stubble|unshaven|five o'clock shadow|까칠한 수염|짧은 수염|수염 ?자국|덜 깎은 수염"),
    ("facial_hair", "mustache", "mustache|moustache|콧수염"),
    ("facial_hair", "goatee", "goatee|염소 ?수염|턱수염과 콧수염"),
    ("facial_hair", "beard", "beard|full beard|bearded|턱수염|수염|구레나룻|facial hair"),
    ("mask", "mask", "mask|face mask|마스크"),
    ("headwear", "cap", "cap|baseball cap|ball cap|야구 ?모자|캡 ?모자|볼캡|캡|등산 ?모자"),
    ("headwear", "beanie", "beanie|knit(?:ted)? (?:hat|cap)|woolly hat|비니|털모자|니트 ?모자|군밤 ?모자"),
    ("headwear", "bucket hat", "bucket hat|sun hat|fishing hat|버킷 ?햇|벙거지(?: ?모자)?|낚시 ?모자|챙 ?모자"),
    ("headwear", "fedora", "fedora|brimmed hat|중절모|페도라"),
    ("headwear", "hat", "hat|headwear|모자"),
    (IGNORED, None, "모자가? ?달린|모자 ?티|hooded|bareheaded person"),
)

CLOTHES: tuple[Row, ...] = (
    ("upper_type", "short-sleeve shirt", "short[- ]sleeved? shirt|반팔 ?셔츠|반팔 ?남방|반소매 ?셔츠"),
    ("upper_type", "long-sleeve t-shirt", "long[- ]sleeved?(?: t-?shirt| tee| top)?|긴팔 ?티(?:셔츠)?|긴 ?소매 ?티(?:셔츠)?|긴팔|긴 ?소매"),
    (
        "upper_type",
        "t-shirt",
        "t-?shirt|tee|tshirt|short[- ]sleeved?(?: t-?shirt| top)?|티셔츠|반팔 ?티(?:셔츠)?|반팔|반소매|^티(?![가-힣])",
    ),
    ("upper_type", "sleeveless top", "tank top|sleeveless(?: top| shirt)?|민소매|나시|러닝셔츠"),
    ("upper_type", "polo shirt", "polo shirt|polo|폴로 ?셔츠|폴로 ?티|카라 ?티(?:셔츠)?|피케 ?셔츠"),
    ("upper_type", "blouse", "blouse|블라우스"),
    (
        "upper_type",
        "turtleneck",
        "turtle ?-?necks?(?: sweater)?|roll ?-?neck(?: sweater)?|polo ?-?neck|mock ?-?neck|목 ?폴라(?: ?티)?|폴라 ?(?:티셔츠|티|니트|스웨터)|폴라(?!로)|터틀 ?넥(?: ?니트)?",
    ),
    ("upper_type", "sweatshirt", "sweatshirt|맨투맨|스웨트 ?셔츠|운동복 상의|체육복 상의"),
    ("upper_type", "sweater", "sweater|jumper sweater|pullover|knitwear|knit|스웨터|니트|풀오버|털옷"),
    ("upper_type", "cardigan", "cardigan|카디건|가디건"),
    ("upper_type", "vest", "vest|waistcoat|gilet|조끼|베스트"),
    ("upper_type", "hoodie", "hoodie|hooded sweatshirt|hooded top|후드 ?티(?:셔츠)?|후디|후드 ?집업|후드"),
    (
        "upper_type",
        "windbreaker",
        "windbreaker|wind jacket|hiking jacket|rain jacket|raincoat|바람막이|등산복|등산 ?(?:재킷|자켓|점퍼)|우비|우의|아웃도어 ?(?:재킷|자켓)",
    ),
    ("upper_type", "denim jacket", "denim jacket|jean jacket|청 ?(?:재킷|자켓)|데님 ?(?:재킷|자켓)"),
    ("upper_type", "leather jacket", "leather jacket|가죽 ?(?:재킷|자켓|점퍼|잠바)|라이더 ?(?:재킷|자켓)"),
    ("upper_type", "long padded jacket", "long (?:padded|puffer|down) (?:jacket|coat)|롱 ?패딩|긴 패딩"),
    (
        "upper_type",
        "padded jacket",
        "padded jacket|puffer(?: jacket)?|down jacket|quilted jacket|padded coat|parka|패딩(?: ?(?:점퍼|잠바|재킷|자켓|코트))?|오리털 ?(?:점퍼|잠바)|다운 ?(?:재킷|자켓|점퍼)|파카",
    ),
    ("upper_type", "coat", "coat|overcoat|trench ?coat|코트|트렌치 ?코트|외투"),
    ("upper_type", "suit", "suit|business suit|tuxedo|양복|정장|수트|슈트"),
    ("upper_type", "blazer", "blazer|suit jacket|블레이저|마이|양복 ?상의|정장 ?상의"),
    ("upper_type", "school uniform", "school uniform|교복"),
    ("upper_type", "jacket", "jacket|jumper|bomber|track ?jacket|재킷|자켓|점퍼|잠바|야상|항공 ?점퍼"),
    ("upper_type", "shirt", "shirt|dress shirt|button-down|셔츠|남방|와이셔츠"),
    ("upper_type", "dress", "dress|one-piece|gown|원피스|드레스"),
    ("upper_type", "hanbok", "hanbok|한복|저고리"),
    ("upper", None, "top|upper(?: body)?|상의|윗옷|웃옷|겉옷"),
    ("lower_type", "jeans", "jeans|denim (?:pants|trousers)|청바지|데님 ?(?:바지|팬츠)|진바지"),
    ("lower_type", "slacks", "slacks|dress (?:pants|trousers)|suit (?:pants|trousers)|슬랙스|정장 ?바지|양복 ?바지|기지 ?바지"),
    ("lower_type", "wide trousers", "wide (?:pants|trousers|leg pants)|와이드 ?(?:팬츠|바지)|통바지|통이 넓은 바지"),
    (
        "lower_type",
        "sweatpants",
        "sweatpants|joggers|track ?(?:pants|suit bottoms)|jogger pants|추리닝(?: ?바지)?|트레이닝(?: ?바지)?|운동복 ?(?:바지|하의)|조거 ?(?:팬츠|바지)|체육복 ?바지|몸빼 ?바지|고무줄 ?바지",
    ),
    ("lower_type", "hiking trousers", "hiking (?:pants|trousers)|cargo (?:pants|trousers)|등산 ?바지|카고 ?(?:바지|팬츠)"),
    ("lower_type", "leggings", "leggings|tights|레깅스|쫄바지"),
    ("lower_type", "shorts", "shorts|short pants|반바지|숏 ?팬츠|핫팬츠"),
    ("lower_type", "long skirt", "long skirt|maxi skirt|긴 ?치마|롱 ?스커트|롱 ?치마"),
    ("lower_type", "skirt", "skirt|miniskirt|치마|스커트"),
    ("lower_type", "trousers", "trousers|pants|chinos|바지|팬츠|면바지"),
    ("lower", None, "bottom|lower(?: body)?|하의|아래옷"),
)

CARRIED: tuple[Row, ...] = (
    (
        "shoes",
        "sneakers",
        "sneakers?|trainers|running shoes?|athletic shoes?|tennis shoes?|canvas shoes?|운동화|스니커즈|러닝화|캔버스화|단화",
    ),
    ("shoes", "dress shoes", "dress shoes?|leather shoes?|oxfords?|loafers?|구두|로퍼|정장 ?구두"),
    ("shoes", "heels", "heels|high heels|pumps|하이힐|힐|펌프스"),
    ("shoes", "boots", "boots?|hiking boots?|hiking shoes?|부츠|장화|등산화|워커|군화"),
    ("shoes", "sandals", "sandals?|flip-?flops?|샌들"),
    ("shoes", "slippers", "slippers?|슬리퍼|실내화|쓰레빠"),
    ("shoes", "none", "barefoot|bare feet|맨발"),
    ("shoes_noun", None, "shoes?|footwear|신발"),
    ("bag", "backpack", "backpack|rucksack|knapsack|school ?bag|백팩|배낭|책가방|등 ?가방"),
    ("bag", "crossbody bag", "crossbody(?: bag)?|cross-body(?: bag)?|messenger bag|sling bag|크로스 ?백|크로스 ?가방|슬링백|힙색"),
    (
        "bag",
        "handbag",
        "handbag|hand bag|tote(?: bag)?|purse|briefcase|shopping bag|plastic bag|핸드백|손가방|토트백|서류 ?가방|장바구니|쇼핑백|비닐 ?봉지|에코백",
    ),
    ("bag", "shoulder bag", "shoulder bag|숄더백|어깨 ?가방"),
    ("bag", "bag", "bag|가방"),
    ("scarf", "scarf", "scarf|scarves|muffler|목도리|스카프|머플러"),
    ("tie", "tie", "tie|necktie|넥타이"),
    ("pattern", "checked", "check(?:ed|ered)?|plaid|tartan|gingham|체크(?: ?무늬)?|격자 ?무늬"),
    ("pattern", "striped", "striped|줄무늬|스트라이프"),
    ("stripes", "striped", "stripes?|줄무늬(?=[가는의])"),
    ("eyes", "", "eyes?|눈동자"),
    ("skin", None, "skin|피부"),
    (
        "other",
        None,
        "belt|socks?|gloves?|watch|necklace|umbrella|car|vehicle|cane|wheelchair|phone|logo|벨트|허리띠|양말|장갑|시계|목걸이|우산|차량|자동차|지팡이|휠체어|휴대폰|로고",
    ),
)

# Bare words that mean something only where the attribute's key says what they are about.
BARE: dict[str, tuple[Row, ...]] = {
    "gender": (("gender", "male", "m|남|수컷"), ("gender", "female", "f|여")),
    "build": (("build", "average", "average|normal|medium|보통|평균|중간"),),
    "height": (
        ("stature", "short", "short|작은?|작다|작음"),
        ("stature", "tall", "큰|크다|큼|high"),
        ("stature", "average", "average|medium|보통|평균"),
    ),
    "skin_tone": (
        ("skin_tone", "fair", "fair|white|very light|하얀|흰|창백"),
        ("skin_tone", "light", "light|bright|밝은|밝음"),
        ("skin_tone", "medium", "medium|average|보통|중간"),
        ("skin_tone", "tan", "tan|brown|갈색"),
        ("skin_tone", "dark", "dark|black|어두운|어두움|검은|짙은"),
    ),
    "face_shape": (
        ("face_shape", "oval", "oval|타원형?|계란|달걀"),
        ("face_shape", "round", "round|둥근|둥글|동그란|원형"),
        ("face_shape", "square", "square|rectangular|angular|각진|네모|사각"),
        ("face_shape", "long", "long|oblong|긴|길쭉한?"),
        ("face_shape", "heart", "heart|하트"),
        ("face_shape", "diamond", "diamond|다이아몬드|마름모"),
    ),
    "hair_style": (
        ("hair_style", "short", "short|짧은|짧음|짧다|커트|컷"),
        ("hair_style", "medium-length", "medium|medium-length|shoulder-length|중간|어깨"),
        ("hair_style", "long", "long|긴|길다|김"),
        ("hair_texture", "straight", "straight|직모|스트레이트"),
        ("hair_style", "crew cut", "sports|스포츠"),
    ),
    "eyes": (
        ("eyes", "large", "large|big|큰|크다"),
        ("eyes", "small", "small|작은|작다"),
        ("eyes", "narrow", "narrow|가는|가늘"),
        ("eyes", "round", "round|둥근|동그란"),
        ("eyes", "drooping", "drooping|처진"),
        ("eyes", "upturned", "upturned|올라간"),
    ),
    "eyebrows": (
        ("eyebrows", "thick", "thick|bushy|짙은|굵은|두꺼운|진한"),
        ("eyebrows", "thin", "thin|얇은|가는|옅은"),
        ("eyebrows", "straight", "straight|flat|일자"),
        ("eyebrows", "arched", "arched|아치|둥근"),
    ),
    "nose": (
        ("nose", "large", "large|big|큰"),
        ("nose", "small", "small|작은"),
        ("nose", "wide", "wide|broad|넓은"),
        ("nose", "narrow", "narrow|thin|좁은"),
        ("nose", "high", "high|prominent|오뚝|높은"),
        ("nose", "flat", "flat|low|낮은|납작"),
        ("nose", "long", "long|긴"),
        ("nose", "short", "short|짧은"),
    ),
    "mouth": (
        ("mouth", "full", "full|thick|두꺼운|도톰"),
        ("mouth", "thin", "thin|얇은"),
        ("mouth", "wide", "wide|large|큰|넓은"),
        ("mouth", "small", "small|작은"),
    ),
    "jaw": (
        ("jaw", "square", "square|angular|strong|각진|사각"),
        ("jaw", "pointed", "pointed|sharp|뾰족|갸름"),
        ("jaw", "double chin", "double|이중"),
    ),
    "glasses": (
        ("glasses", "round glasses", "round|동그란|둥근|원형"),
        ("glasses", "square glasses", "square|rectangular|네모|사각"),
        ("glasses", "glasses", "yes|wearing|worn|있음|착용|씀|예"),
        ("glasses", "none", "none|no|not worn|없음|미착용|아니오"),
    ),
    "facial_hair": (
        ("facial_hair", "none", "none|no|없음"),
        ("facial_hair", "beard", "yes|있음|full"),
        ("facial_hair", "stubble", "light|short|짧은|약간"),
    ),
    "headwear": (("headwear", "none", "none|no|없음|미착용"), ("headwear", "hat", "yes|있음|착용")),
    "bag": (("bag", "none", "none|no|없음"), ("bag", "bag", "yes|있음")),
    "hair_color": (
        ("hair_color", "gray", "gr[ae]y|회색"),
        ("hair_color", "auburn", "red|reddish|빨간색?|적갈색"),
        ("hair_color", "blond", "yellow|노란색?"),
    ),
}

PLACES: tuple[tuple[str, str], ...] = (
    ("eyebrow", "eyebrow|brow|눈썹"),
    ("forehead", "forehead|이마"),
    ("eye", "under (?:the |his |her |their )?(?:left |right )?eye|eye|눈"),
    ("nose", "nose|코"),
    ("mouth", "lip|mouth|입술|입가|입"),
    ("chin", "chin|jaw|턱"),
    ("cheek", "cheek|볼|뺨|광대"),
)

HAIR_COLORS: tuple[Row, ...] = (
    ("color", "dark brown", "dark brown|짙은 갈색|진갈색|다크 ?브라운|흑갈색|고동색"),
    ("color", "light brown", "light brown|밝은 갈색|연갈색|연한 갈색"),
)

AS_HAIR = {"red": "auburn", "burgundy": "auburn", "yellow": "blond", "beige": "blond", "orange": "auburn", "light gray": "white"}
AS_CLOTH = {"dark brown": "brown", "light brown": "brown"}


@dataclass(frozen=True)
class Term:
    """One compiled row."""

    field: str
    value: object
    pattern: re.Pattern[str]


def _compile(words: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{_word(word)})" for word in _split(words)))


def _split(words: str) -> list[str]:
    """Split at the `|` that are in no bracket."""
    parts, depth = [""], 0
    for letter in words:
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return sorted(parts, key=len, reverse=True)


def _word(word: str) -> str:
    if not re.search(r"[가-힣]", word):
        plural = "" if re.search(r"[)\]?]$|s$", word) else "(?:s|es)?"
        return rf"(?<![a-z0-9]){word}{plural}(?![a-z])"
    start = r"(?<![가-힣])" if word.startswith("^") else ""
    word = re.sub(r" (?!\?)", r"\\s*", word.removeprefix("^"))
    return start + word


def _colors() -> list[Term]:
    terms = [Term("color", value, _compile(words)) for _, value, words in HAIR_COLORS]
    for color in COLORS:
        words = [word if len(word) > 1 or word.isascii() else f"^{word}" for word in color.words]
        terms.append(Term("color", color.key, _compile("|".join(words))))
    return terms


TERMS: tuple[Term, ...] = tuple(
    [Term(field, value, _compile(words)) for table in (PERSON, HAIR, FACE_WEAR, CLOTHES, CARRIED) for field, value, words in table]
    + _colors()
)

BARE_TERMS: dict[str, tuple[Term, ...]] = {
    key: tuple(Term(field, value, _compile(words)) for field, value, words in rows) for key, rows in BARE.items()
}

PLACE_TERMS = tuple((place, _compile(words)) for place, words in PLACES)
